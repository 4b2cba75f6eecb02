# What the portal keeps, and what others learn.
privacy-link = Privacidade
privacy-title = Privacidade
privacy-updated = Última atualização: { $date }
privacy-controller = Este portal é operado por: { $controller }
privacy-message-title = A sua mensagem
privacy-message = A sua mensagem está selada na sua própria caixa de correio. Este portal abre-a apenas para lha mostrar e não guarda nenhuma cópia. O seu endereço, o código e a mensagem não são armazenados aqui.
privacy-kept-title = O que é guardado, e por quanto tempo
privacy-kept = Entre duas páginas, o portal guarda resumos (calculados com uma chave secreta) dos quais ninguém pode recuperar a origem:
privacy-kept-passcode = Quando um código é enviado: resumos do cookie do seu navegador, da mensagem, do seu endereço e do código, até que o utilize, no máximo { $minutes } min.
privacy-kept-limits = Quando se pede um código ou um início de sessão: resumos do seu endereço, da mensagem e da sua rede (endereço IP), com a hora, durante { $minutes } min, para que ninguém possa pedir sem fim.
privacy-kept-session = Enquanto tem a sessão iniciada: resumos do seu endereço e do cookie do seu navegador, até terminar a sessão, no máximo { $minutes } min.
privacy-kept-session-longer = Se escolher manter a sessão iniciada: os mesmos, no máximo { $hours } h.
privacy-kept-sign-in = Depois de iniciar sessão com uma conta: um resumo desse início de sessão, durante { $minutes } min, para que ninguém o possa reutilizar.
privacy-kept-known = Depois de usar um código: resumos do cookie do seu navegador e do seu endereço, durante { $days } dias, para que mais ninguém possa esgotar os códigos que pode pedir.
privacy-kept-revoked = Quando um remetente retira uma mensagem: um resumo dessa mensagem, até que volte a poder ser lida.
privacy-kept-backups = As cópias de segurança da base de dados contêm os mesmos resumos por mais tempo.
privacy-cookies-title = Cookies
privacy-cookies = O portal usa apenas os cookies necessários para aquilo que lhe pede. Nenhum deles o segue para outros sítios.
privacy-cookie-browser =
    { $days ->
        [0] liga os códigos ao seu navegador até que o feche
       *[kept] liga os códigos ao seu navegador: durante { $days } dias depois de usar um; caso contrário, até que feche o navegador
    }
privacy-cookie-session =
    { $hours ->
        [0] mantêm a sessão até que a termine ou feche o navegador
       *[kept] mantêm a sessão até que a termine ou feche o navegador, ou durante { $hours } h se o escolher
    }
privacy-cookie-sign-in = guarda o seu lugar enquanto inicia sessão com uma conta, durante { $minutes } min
privacy-cookie-language = recorda durante um ano a língua que escolheu
privacy-browser = Enquanto inicia sessão com uma conta, a mensagem selada espera no seu próprio navegador até que volte. Se não voltar, é removida de lá da próxima vez que ler aqui uma mensagem, no mínimo uma hora depois.
privacy-log-title = Registos e números
privacy-log = De cada página, o portal regista de que tipo era, como terminou e quanto demorou: nenhum endereço de correio, nenhum endereço IP, nada da mensagem. O servidor web à sua frente pode manter registos próprios.
privacy-figures = O portal conta, dia a dia, quantas mensagens foram vistas, de que formas se iniciou sessão, que tipos de navegador foram usados e que erros ocorreram. Ninguém pode ser reconhecido nestes números. São guardados durante { $days } dias, e os números abaixo de { $smallest } não são mostrados.
privacy-others-title = O que outros ficam a saber
privacy-others-mail = O código é-lhe enviado por correio, através dos servidores de correio desta organização e do seu próprio fornecedor.
privacy-others-pictures = As imagens que estão noutros computadores só são carregadas se o pedir. Quem opera esses computadores fica então a saber o seu endereço IP e que está a ler a mensagem.
privacy-others-providers = Se iniciar sessão com uma conta ({ $providers }), esse serviço fica a saber que usa este portal, e quando, mas não que mensagem lê. Comunica ao portal o seu endereço, do qual só se guardam os resumos acima indicados.
privacy-others-hint = A esse serviço é também comunicado o endereço para o qual a mensagem foi enviada.
privacy-answer = O que escreve numa resposta segue por correio e não é guardado aqui; um rascunho fica no seu próprio navegador. Durante { $minutes } min guarda-se um resumo dela, para que não seja enviada duas vezes, e também resumos do seu endereço e da sua rede (endereço IP), com a hora, para que ninguém possa enviar sem fim.
