# As páginas em volta de uma mensagem.

## Em todas as páginas

footer = Este portal não guarda mensagens. Ele esquece a sua assim que esta página é enviada.
language = Idioma
language-change = Mudar
sign-out = Terminar sessão
signed-out = A sessão terminou
    .body = Feche esta janela e, num computador que outras pessoas também usam, o navegador inteiro.

## A página inicial, e o formulário para um arquivo

start-title = Ler uma mensagem protegida
start-choose = O e-mail que você recebeu tem um anexo, { $file }. Escolha esse arquivo aqui, ou arraste-o para o campo.
start-no-script = Você chegou aqui por um link no e-mail? Isso só funciona com JavaScript, que está desativado no seu navegador. Abra em vez disso o anexo { $file } do mesmo e-mail, ou escolha-o acima: assim funciona sem JavaScript.
file-label = O arquivo message.html, ou o e-mail guardado
file-open = Abrir a mensagem

## A página que pede uma prova

prove-title = Esta mensagem é para você?
prove-one = Esta mensagem só pode ser lida pela pessoa a quem foi enviada. Por favor, prove que é essa pessoa.
prove-several = Esta mensagem só pode ser lida pelas pessoas a quem foi enviada. Por favor, prove que é uma delas.
prove-signed-out = A sua sessão terminou. Por favor, prove o seu endereço de novo.
prove-other-address = Você iniciou sessão com um endereço ao qual esta mensagem não foi enviada. Prove o endereço em que a recebeu, ou inicie sessão com outra conta.
prove-other-way = Você iniciou sessão, mas o remetente desta mensagem pede outra prova do seu endereço.
prove-sign-in = Iniciar sessão com { $provider }
prove-too-many =
    { $minutes ->
        [one] Nenhum código foi enviado: foram pedidos códigos demais. Você poderá pedir um em um minuto.
       *[other] Nenhum código foi enviado: foram pedidos códigos demais. Você poderá pedir um em { $minutes } minutos.
    }
prove-too-many-account = Você também pode entrar com uma conta agora.
prove-or-passcode = Ou com um código de uso único
prove-or-account = Ou com uma conta
prove-which-account = Se uma destas contas tem o endereço em que você recebeu a mensagem, pode iniciar sessão com ela.
prove-passcode-one = Enviamos um código de uso único ao endereço ao qual a mensagem foi enviada; você o escreve na página seguinte.
prove-passcode-several = Escreva o endereço em que recebeu a mensagem. Enviamos um código de uso único a esse endereço; você o escreve na página seguinte.
prove-no-address = Escreva um endereço completo, como name@example.org.
prove-address = O seu endereço de e-mail
prove-send = Enviar um código
prove-keep =
    { $hours ->
        [one] Manter a sessão iniciada neste computador durante { $hours } hora depois de iniciar sessão com uma conta
       *[other] Manter a sessão iniciada neste computador durante { $hours } horas depois de iniciar sessão com uma conta
    }

## A página que pede o código

passcode-title = Escreva o seu código
passcode-sent = Um e-mail com um código está a caminho do endereço ao qual esta mensagem foi enviada.
passcode-sent-to = Se { $address } é um dos endereços aos quais esta mensagem foi enviada, um e-mail com um código está a caminho desse endereço.
passcode-reference = Ele tem a referência { $reference }.
passcode-minutes =
    { $minutes ->
        [one] O código vale durante { $minutes } minuto.
       *[other] O código vale durante { $minutes } minutos.
    }
passcode-wrong = Esse código está errado, ou já não vale. Escreva-o de novo, ou peça o envio de outro.
passcode-missing = Escreva o código que está no e-mail: tem 8 dígitos.
passcode-label = Código (8 dígitos)
passcode-keep =
    { $hours ->
        [one] Manter a sessão iniciada neste computador durante { $hours } hora
       *[other] Manter a sessão iniciada neste computador durante { $hours } horas
    }
passcode-read = Ler a mensagem
passcode-again = Enviar um novo código
passcode-too-many =
    { $minutes ->
        [one] Nenhum outro código foi enviado: foram pedidos códigos demais. Os que você já tem continuam válidos até vencerem. Você poderá pedir outro em um minuto.
       *[other] Nenhum outro código foi enviado: foram pedidos códigos demais. Os que você já tem continuam válidos até vencerem. Você poderá pedir outro em { $minutes } minutos.
    }
passcode-help-title = Nenhum e-mail depois de dois minutos?
passcode-help-junk = Procure na pasta de lixo eletrônico ou spam um e-mail de { $from }.
passcode-help-quarantine = No trabalho, um filtro pode reter o e-mail em quarentena: procure lá ou peça a quem administra o seu e-mail que deixe passar os e-mails deste endereço.
passcode-help-address = { $address } é exatamente o endereço em que você recebeu a mensagem? Se não for, volte e digite o endereço certo.
passcode-help-again = Peça o envio de um novo código. Se chegarem vários e-mails, o código de cada um é válido.
passcode-help-tries = Um código errado só pode ser digitado algumas vezes.

## Iniciar sessão num serviço

departure-title = Início de sessão
departure-heading = Início de sessão com { $provider }
departure-text = Você está sendo levado a { $provider }, e volta para cá depois de iniciar sessão.
departure-go = Continuar para { $provider }
signed-in-title = A sessão foi iniciada
signed-in-opening = A sua mensagem está sendo aberta.
signed-in-again = Volte ao e-mail, abra mais uma vez o anexo { $file } e pressione o botão que ele contém: a mensagem abre logo. Ou escolha o arquivo aqui.
not-signed-in-title = A sessão não foi iniciada
not-signed-in-text = Para ler uma mensagem, abra o anexo { $file } do e-mail que o trouxe aqui, e pressione o botão que ele contém.
