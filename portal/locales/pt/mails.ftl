# Os e-mails do próprio portal. As linhas são enviadas como estão: menos de 76 caracteres.

passcode-mail-subject = O seu código para ler uma mensagem protegida (referência { $reference })
passcode-mail-subject-with = { $passcode } é o seu código para ler uma mensagem protegida (referência { $reference })
passcode-mail-before =
    Você pediu para ler uma mensagem protegida.
    Este é o seu código de uso único:
passcode-mail-after =
    Escreva-o na página que mostra a mesma referência: { $reference }
    Ele vale durante { $minutes ->
        [one] { $minutes } minuto
       *[other] { $minutes } minutos
    }, uma só vez, e só nessa página.

    Nunca o passe a ninguém: ninguém tem motivo para pedi-lo.

    Você não pediu um código? Então ignore este e-mail.
    Sem o código ninguém pode ler a mensagem.
