# Responder a uma mensagem: a página em que se escreve e a seguinte.

answer-reply = Responder
answer-reply-all = Responder a todos
answer-forward = Encaminhar
answer-forward-participants = Esta mensagem só pode ser encaminhada ao seu autor e aos destinatários nela indicados.
answer-forward-domains = Esta mensagem pode ser encaminhada para endereços de { $domains }, ao seu autor e aos destinatários nela indicados.
answer-subject = Assunto
answer-text = Mensagem
answer-files-hint =
    { $files ->
        [one] No máximo um ficheiro, no máximo { $size }.
       *[other] No máximo { $files } ficheiros, { $size } no total.
    }
answer-original = Anexar a própria mensagem, com os seus anexos
answer-copy = Enviar-me uma cópia
answer-send = Enviar
answer-back = Voltar à mensagem
answer-hint = A mensagem que você escreve é protegida: os destinatários de fora da organização recebem-na como você recebeu a sua.

## O início do texto

answer-quoted = { $author } escreveu ({ $date }):
answer-quoted-without-date = { $author } escreveu:
answer-forwarded = Mensagem encaminhada

## Por que não foi enviada

answer-not-sent = A mensagem não foi enviada.
answer-files-again = Se você tinha anexado ficheiros, escolha-os de novo.
answer-later = Nada do que escreveu se perdeu. Espere um minuto e depois continue.
answer-go-on = Continuar
answer-fault-no-address = Escreva o endereço de alguém que deva receber a mensagem.
answer-fault-nobody = Escolha pelo menos uma pessoa que deva receber a mensagem.
answer-fault-address = O que você escreveu não é uma lista de endereços como nome@example.org, separados por vírgulas.
answer-fault-not-allowed = Esta mensagem não pode ser encaminhada para um destes endereços.
answer-fault-recipients = São mais destinatários do que uma mensagem pode ter.
answer-fault-empty = A mensagem ainda está vazia.
answer-fault-text = O texto é demasiado longo.
answer-fault-files =
    { $files ->
        [one] Você pode anexar no máximo um ficheiro.
       *[other] Você pode anexar no máximo { $files } ficheiros.
    }
answer-fault-file-bytes = Os anexos não podem ultrapassar { $size } no total.
answer-fault-too-many =
    { $minutes ->
        [one] Você enviou muitas mensagens em pouco tempo. Tente de novo daqui a um minuto.
       *[other] Você enviou muitas mensagens em pouco tempo. Tente de novo daqui a { $minutes } minutos.
    }
answer-fault-busy = O portal está muito ocupado. Tente de novo daqui a um minuto.
answer-fault-unavailable = A mensagem não pode ser enviada agora. Tente de novo daqui a alguns minutos.
answer-fault-unsure = O servidor de correio não disse se aceitou a mensagem. Pode ter sido enviada. Se a enviar de novo, pode chegar duas vezes.
answer-fault-under-way = A sua mensagem está a ser enviada. Espere um momento e prima “Enviar” de novo: verá então o que aconteceu com ela.
answer-fault-sent-other = Já foi enviada uma mensagem a partir desta página. O que você escreveu agora é diferente: prima “Enviar” se também deve ser enviado.
answer-fault-refused = O servidor de correio recusa a mensagem. Se isso acontecer de novo, responda de outra forma.

## A página seguinte

sent-title = A mensagem foi enviada
sent-before = Esta mensagem já tinha sido enviada e não foi enviada de novo.
sent-to = Foi enviada a:
sent-copy = Você vai receber uma cópia.
