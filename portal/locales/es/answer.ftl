# Responder a un mensaje: la página en la que se escribe y la siguiente.

answer-reply = Responder
answer-reply-all = Responder a todos
answer-forward = Reenviar
answer-forward-participants = Este mensaje solo se puede reenviar a su autor y a los destinatarios que nombra.
answer-forward-domains = Este mensaje se puede reenviar a direcciones de { $domains }, a su autor y a los destinatarios que nombra.
answer-subject = Asunto
answer-text = Mensaje
answer-files-hint =
    { $files ->
        [one] Un archivo como máximo, { $size } como máximo.
       *[other] { $files } archivos como máximo, { $size } en total.
    }
answer-original = Adjuntar el propio mensaje, con sus archivos adjuntos
answer-copy = Enviarme una copia
answer-send = Enviar
answer-back = Volver al mensaje
answer-hint = Su mensaje está protegido: los destinatarios ajenos a la organización lo reciben tal como usted recibió el suyo.

## El comienzo del texto

answer-quoted = { $author } escribió ({ $date }):
answer-quoted-without-date = { $author } escribió:
answer-forwarded = Mensaje reenviado

## Por qué no se ha enviado

answer-not-sent = Su mensaje no se ha enviado.
answer-files-again = Si había adjuntado archivos, elíjalos de nuevo.
answer-later = No se ha perdido nada de lo que escribió. Espere un minuto y continúe.
answer-go-on = Continuar
answer-fault-no-address = Escriba la dirección de alguien que deba recibir el mensaje.
answer-fault-nobody = Elija al menos a una persona que deba recibir el mensaje.
answer-fault-address = Lo que ha escrito no es una lista de direcciones como nombre@example.org, separadas por comas.
answer-fault-not-allowed = Este mensaje no se puede reenviar a una de estas direcciones.
answer-fault-recipients = Son más destinatarios de los que puede tener un mensaje.
answer-fault-empty = Su mensaje aún está vacío.
answer-fault-text = Su texto es demasiado largo.
answer-fault-files =
    { $files ->
        [one] Puede adjuntar un archivo como máximo.
       *[other] Puede adjuntar { $files } archivos como máximo.
    }
answer-fault-file-bytes = Los archivos adjuntos no pueden superar { $size } en total.
answer-fault-too-many =
    { $minutes ->
        [one] Ha enviado muchos mensajes en poco tiempo. Inténtelo de nuevo dentro de un minuto.
       *[other] Ha enviado muchos mensajes en poco tiempo. Inténtelo de nuevo dentro de { $minutes } minutos.
    }
answer-fault-busy = El portal está muy ocupado. Inténtelo de nuevo dentro de un minuto.
answer-fault-unavailable = Su mensaje no se puede enviar en este momento. Inténtelo de nuevo dentro de unos minutos.
answer-fault-unsure = El servidor de correo no ha confirmado si aceptó su mensaje. Es posible que se haya enviado. Si lo envía de nuevo, puede llegar dos veces.
answer-fault-under-way = Su mensaje se está enviando en este momento. Espere un momento y pulse «Enviar» de nuevo: entonces verá qué ha pasado con él.
answer-fault-sent-other = Ya se ha enviado un mensaje desde esta página. Lo que ha escrito ahora es distinto: pulse «Enviar» si también debe enviarse.
answer-fault-refused = El servidor de correo rechaza su mensaje. Si vuelve a ocurrir, responda por otra vía.

## La página siguiente

sent-title = Su mensaje se ha enviado
sent-before = Este mensaje ya se había enviado y no se ha enviado de nuevo.
sent-to = Se ha enviado a:
sent-copy = Usted recibirá una copia.
