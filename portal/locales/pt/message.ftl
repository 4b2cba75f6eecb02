# A página que mostra uma mensagem, e a página para imprimir.

message-title = Mensagem protegida
message-print = Versão para imprimir
message-save = Guardar a mensagem
message-label = Mensagem
message-label-nested = Mensagem dentro da mensagem
message-frame = Texto da mensagem
message-no-subject = (sem assunto)
message-empty = Esta mensagem não tem texto.
message-from = De
message-to = Para
message-cc = Cópia
message-date = Data
message-more =
    { $count ->
        [one] mais { $count }
       *[other] mais { $count }
    }
message-cut = A lista é longa demais para ser mostrada aqui.
message-nested = Mensagem dentro desta mensagem:
message-nested-from = , de { $author }
print-how = Para imprimir esta mensagem, use o comando de impressão do seu navegador.

## Anexos

attachments = Anexos
attachment-view = Ver
attachment-view-this = Ver { $name }
attachment-save = Guardar
attachment-save-this = Guardar { $name }
attachments-save = Guardar todos num arquivo ZIP
attachments-withheld = O remetente desta mensagem não permite que os anexos sejam baixados:
size-bytes =
    { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## O que o remetente pede

asked-title = O que o remetente lhe pede
asked-no-print = Por favor, não imprima esta mensagem.
asked-no-forward = Por favor, não passe esta mensagem a outras pessoas.
asked-hint = São pedidos, não fechaduras. Este portal não oferece nenhum meio de fazê-lo, mas nada pode impedir que se copie o que está numa tela.

## O que o leitor deve saber

notice-remote =
    { $count ->
        [one] { $count } imagem desta mensagem está em outro computador e não é mostrada.
       *[other] { $count } imagens desta mensagem estão em outros computadores e não são mostradas.
    }
notice-remote-tells = Ao carregar imagens, esses computadores ficam sabendo que você abriu esta mensagem, quando, e de que endereço de rede.
notice-remote-load = Carregar as imagens
notice-remote-loaded = As imagens desta mensagem vêm de outros computadores, que agora sabem que você a abriu.
notice-omitted =
    { $count ->
        [one] { $count } imagem é grande demais para ser mostrada aqui.
       *[other] { $count } imagens são grandes demais para ser mostradas aqui.
    }
notice-too-complex = A versão formatada desta mensagem é complexa demais para ser mostrada com segurança; por isso você vê o texto dela.
notice-cut = Esta mensagem é longa demais para ser mostrada inteira. O texto completo está entre os anexos.
notice-pgp = O remetente também cifrou esta mensagem com PGP, para uma chave que só você tem. Guarde a mensagem, e abra-a no programa que usa para PGP.
notice-smime = O remetente também cifrou esta mensagem com S/MIME, para um certificado que só você tem. Guarde a mensagem, e abra-a no programa de e-mail que tem o seu certificado.
notice-smime-signed = O remetente assinou esta mensagem com S/MIME de uma forma que só programas de e-mail conseguem ler. Guarde a mensagem, e abra-a no seu programa de e-mail.
notice-signed = O remetente assinou esta mensagem. A assinatura não é verificada aqui; para verificá-la, guarde a mensagem e abra-a no seu programa de e-mail.
notice-not-opened = Algumas mensagens dentro desta mensagem não são abertas aqui. Guarde-as para lê-las num programa de e-mail.
notice-parts = Esta mensagem não pode ser mostrada aqui, pois tem mais de 1000 partes. Você pode guardá-la e abri-la num programa de e-mail.
notice-depth = Esta mensagem não pode ser mostrada aqui, pois as suas partes estão aninhadas em profundidade demais. Você pode guardá-la e abri-la num programa de e-mail.
notice-header = Esta mensagem não pode ser mostrada aqui, pois um dos seus cabeçalhos é longo demais. Você pode guardá-la e abri-la num programa de e-mail.
notice-unsaved-closed = Só outro programa poderia mostrar esta mensagem, e o remetente não permite guardá-la. Peça ao remetente outra forma de a ler.
notice-unsaved-cut = Esta mensagem é longa demais para ser mostrada inteira, e o remetente não permite guardá-la. Peça ao remetente outra forma de ler o resto.
notice-unsaved-signed = O remetente assinou esta mensagem. A assinatura não é verificada aqui.
notice-unsaved-nested = Algumas mensagens dentro desta mensagem não são abertas aqui, e o remetente não permite guardá-las.

## Eventos

event = Evento de calendário
event-cancelled = Este evento foi cancelado
event-invitation = Convite
event-answer = Resposta a um convite
event-other-time = É sugerido outro horário
event-told = Evento
event-no-title = (sem título)
event-begins = Início
event-ends = Fim
event-repeats = Repetição
event-daily = Em dias; a regra está no arquivo de calendário
event-weekly = Em semanas; a regra está no arquivo de calendário
event-monthly = Em meses; a regra está no arquivo de calendário
event-yearly = Em anos; a regra está no arquivo de calendário
event-repeated = Sim; a regra está no arquivo de calendário
event-where = Local
event-host = De
event-guests = Convidados
event-accepted = aceito
event-declined = recusado
event-tentative = talvez

## Datas

date-day =
    { $weekday ->
         [1] segunda-feira
         [2] terça-feira
         [3] quarta-feira
         [4] quinta-feira
         [5] sexta-feira
         [6] sábado
        *[7] domingo
    }, { $day } de { $month ->
         [1] janeiro
         [2] fevereiro
         [3] março
         [4] abril
         [5] maio
         [6] junho
         [7] julho
         [8] agosto
         [9] setembro
         [10] outubro
         [11] novembro
        *[12] dezembro
    } de { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
