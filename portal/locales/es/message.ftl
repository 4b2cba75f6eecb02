# La página que muestra un mensaje, y la página para imprimir.

message-title = Mensaje protegido
message-print = Versión para imprimir
message-save = Guardar el mensaje
message-label = Mensaje
message-label-nested = Mensaje dentro del mensaje
message-frame = Texto del mensaje
message-no-subject = (sin asunto)
message-empty = Este mensaje no tiene texto.
message-from = De
message-to = Para
message-cc = Copia
message-date = Fecha
message-more =
    { $count ->
        [one] { $count } más
       *[other] { $count } más
    }
message-cut = La lista es demasiado larga para mostrarla aquí.
message-nested = Mensaje dentro de este mensaje:
message-nested-from = , de { $author }
print-how = Para imprimir este mensaje, use la orden de imprimir de su navegador.

## Archivos adjuntos

attachments = Archivos adjuntos
attachment-view = Ver
attachment-view-this = Ver { $name }
attachment-save = Guardar
attachment-save-this = Guardar { $name }
attachments-save = Guardar todos en un archivo ZIP
attachments-withheld = El remitente de este mensaje no permite descargar sus archivos adjuntos:
size-bytes =
    { $bytes ->
        [one] { $bytes } byte
       *[other] { $bytes } bytes
    }
size-kilobytes = { $kilobytes } kB
size-megabytes = { $whole },{ $tenths } MB

## Lo que pide el remitente

asked-title = Lo que le pide el remitente
asked-no-print = Por favor, no imprima este mensaje.
asked-no-forward = Por favor, no pase este mensaje a otras personas.
asked-hint = Son peticiones, no cerraduras. Este portal no ofrece ningún modo de hacerlo, pero nada puede impedir que se copie lo que está en una pantalla.

## Lo que conviene saber

notice-remote =
    { $count ->
        [one] { $count } imagen de este mensaje está en otro ordenador y no se muestra.
       *[other] { $count } imágenes de este mensaje están en otros ordenadores y no se muestran.
    }
notice-remote-tells = Al cargar imágenes, esos ordenadores saben que usted ha abierto este mensaje, cuándo, y desde qué dirección de red.
notice-remote-load = Cargar las imágenes
notice-remote-loaded = Las imágenes de este mensaje vienen de otros ordenadores, que ahora saben que usted lo ha abierto.
notice-omitted =
    { $count ->
        [one] { $count } imagen es demasiado grande para mostrarla aquí.
       *[other] { $count } imágenes son demasiado grandes para mostrarlas aquí.
    }
notice-too-complex = La versión con formato de este mensaje es demasiado compleja para mostrarla con seguridad, por eso ve usted su texto.
notice-cut = Este mensaje es demasiado largo para mostrarlo entero. El texto completo está entre los archivos adjuntos.
notice-pgp = El remitente ha cifrado además este mensaje con PGP, para una clave que solo usted tiene. Guarde el mensaje, y ábralo en el programa que use para PGP.
notice-smime = El remitente ha cifrado además este mensaje con S/MIME, para un certificado que solo usted tiene. Guarde el mensaje, y ábralo en el programa de correo que tenga su certificado.
notice-smime-signed = El remitente ha firmado este mensaje con S/MIME de una forma que solo pueden leer los programas de correo. Guarde el mensaje, y ábralo en su programa de correo.
notice-signed = El remitente ha firmado este mensaje. La firma no se comprueba aquí; para comprobarla, guarde el mensaje y ábralo en su programa de correo.
notice-not-opened = Algunos mensajes dentro de este mensaje no se abren aquí. Guárdelos para leerlos en un programa de correo.
notice-parts = Este mensaje no puede mostrarse aquí, porque tiene más de 1000 partes. Puede guardarlo y abrirlo en un programa de correo.
notice-depth = Este mensaje no puede mostrarse aquí, porque sus partes están anidadas a demasiada profundidad. Puede guardarlo y abrirlo en un programa de correo.
notice-header = Este mensaje no puede mostrarse aquí, porque una de sus cabeceras es demasiado larga. Puede guardarlo y abrirlo en un programa de correo.
notice-unsaved-closed = Solo otro programa podría mostrar este mensaje, y el remitente no permite guardarlo. Pida al remitente otra forma de leerlo.
notice-unsaved-cut = Este mensaje es demasiado largo para mostrarlo entero, y el remitente no permite guardarlo. Pida al remitente otra forma de leer el resto.
notice-unsaved-signed = El remitente firmó este mensaje. La firma no se comprueba aquí.
notice-unsaved-nested = Algunos mensajes dentro de este mensaje no se abren aquí, y el remitente no permite guardarlos.

## Eventos

event = Evento de calendario
event-cancelled = Este evento se ha cancelado
event-invitation = Invitación
event-answer = Respuesta a una invitación
event-other-time = Se propone otra hora
event-told = Evento
event-no-title = (sin título)
event-begins = Comienzo
event-ends = Fin
event-repeats = Repetición
event-daily = En días; la regla está en el archivo de calendario
event-weekly = En semanas; la regla está en el archivo de calendario
event-monthly = En meses; la regla está en el archivo de calendario
event-yearly = En años; la regla está en el archivo de calendario
event-repeated = Sí; la regla está en el archivo de calendario
event-where = Lugar
event-host = De
event-guests = Invitados
event-accepted = aceptado
event-declined = rechazado
event-tentative = quizás

## Fechas

date-day =
    { $weekday ->
         [1] lunes
         [2] martes
         [3] miércoles
         [4] jueves
         [5] viernes
         [6] sábado
        *[7] domingo
    }, { $day } de { $month ->
         [1] enero
         [2] febrero
         [3] marzo
         [4] abril
         [5] mayo
         [6] junio
         [7] julio
         [8] agosto
         [9] septiembre
         [10] octubre
         [11] noviembre
        *[12] diciembre
    } de { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
