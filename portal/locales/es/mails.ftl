# Los correos del propio portal. Las líneas se envían tal como están: menos de 76 caracteres.

passcode-mail-subject = Su código para leer un mensaje protegido (referencia { $reference })
passcode-mail-subject-with = { $passcode } es su código para leer un mensaje protegido (referencia { $reference })
passcode-mail-before =
    Ha pedido leer un mensaje protegido.
    Este es su código de un solo uso:
passcode-mail-after =
    Escríbalo en la página que muestra la misma referencia: { $reference }
    Vale durante { $minutes ->
        [one] { $minutes } minuto
       *[other] { $minutes } minutos
    }, una sola vez, y solo en esa página.

    No lo comunique nunca: nadie tiene motivo para pedírselo.

    ¿No ha pedido ningún código? Entonces no haga caso de este correo.
    Sin el código nadie puede leer el mensaje.
