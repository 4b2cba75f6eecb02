# Las páginas alrededor de un mensaje.

## En cada página

footer = Este portal no guarda mensajes. Olvida el suyo en cuanto se ha enviado esta página.
language = Idioma
language-change = Cambiar
sign-out = Cerrar sesión
signed-out = Ha cerrado la sesión
    .body = Cierre esta ventana y, en un ordenador que usen también otras personas, el navegador entero.

## La página inicial, y el formulario para un archivo

start-title = Leer un mensaje protegido
start-choose = El correo que ha recibido tiene un archivo adjunto, { $file }. Elija aquí ese archivo, o arrástrelo hasta el campo.
start-no-script = ¿Ha llegado aquí por un enlace del correo? Eso solo funciona con JavaScript, que está desactivado en su navegador. Abra en su lugar el archivo adjunto { $file } del mismo correo, o elíjalo arriba: así funciona sin JavaScript.
file-label = El archivo message.html, o el correo guardado
file-open = Abrir el mensaje

## La página que pide una prueba

prove-title = ¿Es este mensaje para usted?
prove-one = Este mensaje solo puede leerlo la persona a la que se envió. Demuestre, por favor, que es usted esa persona.
prove-several = Este mensaje solo pueden leerlo las personas a las que se envió. Demuestre, por favor, que es una de ellas.
prove-signed-out = Su sesión ha terminado. Demuestre de nuevo su dirección, por favor.
prove-other-address = Ha iniciado sesión con una dirección a la que no se envió este mensaje. Demuestre la dirección en la que lo recibió, o inicie sesión con otra cuenta.
prove-other-way = Ha iniciado sesión, pero el remitente de este mensaje pide otra prueba de su dirección.
prove-sign-in = Iniciar sesión con { $provider }
prove-too-many =
    { $minutes ->
        [one] No se ha enviado ningún código: se han pedido demasiados. Podrá pedir uno dentro de un minuto.
       *[other] No se ha enviado ningún código: se han pedido demasiados. Podrá pedir uno dentro de { $minutes } minutos.
    }
prove-too-many-account = También puede iniciar sesión con una cuenta ahora.
prove-or-passcode = O con un código de un solo uso
prove-or-account = O con una cuenta
prove-which-account = Si una de estas cuentas tiene la dirección en la que recibió el mensaje, puede iniciar sesión con ella.
prove-passcode-one = Enviamos un código de un solo uso a la dirección a la que se envió el mensaje; usted lo escribe en la página siguiente.
prove-passcode-several = Escriba la dirección en la que recibió el mensaje. Enviamos un código de un solo uso a esa dirección; usted lo escribe en la página siguiente.
prove-no-address = Escriba una dirección completa, como name@example.org.
prove-address = Su dirección de correo
prove-send = Enviarme un código
prove-keep =
    { $hours ->
        [one] Mantener la sesión iniciada en este ordenador durante { $hours } hora después de iniciarla con una cuenta
       *[other] Mantener la sesión iniciada en este ordenador durante { $hours } horas después de iniciarla con una cuenta
    }

## La página que pide el código

passcode-title = Escriba su código
passcode-sent = Un correo con un código va de camino a la dirección a la que se envió este mensaje.
passcode-sent-to = Si { $address } es una de las direcciones a las que se envió este mensaje, un correo con un código va de camino a ella.
passcode-reference = Lleva la referencia { $reference }.
passcode-minutes =
    { $minutes ->
        [one] El código vale durante { $minutes } minuto.
       *[other] El código vale durante { $minutes } minutos.
    }
passcode-wrong = Ese código no es correcto, o ya no vale. Escríbalo de nuevo, o pida que se envíe otro.
passcode-missing = Escriba el código que está en el correo: tiene 8 cifras.
passcode-label = Código (8 cifras)
passcode-keep =
    { $hours ->
        [one] Mantener la sesión iniciada en este ordenador durante { $hours } hora
       *[other] Mantener la sesión iniciada en este ordenador durante { $hours } horas
    }
passcode-read = Leer el mensaje
passcode-again = Enviar un código nuevo
passcode-too-many =
    { $minutes ->
        [one] No se ha enviado ningún código más: se han pedido demasiados. Los que ya tiene siguen siendo válidos hasta que venzan. Podrá pedir otro dentro de un minuto.
       *[other] No se ha enviado ningún código más: se han pedido demasiados. Los que ya tiene siguen siendo válidos hasta que venzan. Podrá pedir otro dentro de { $minutes } minutos.
    }
passcode-help-title = ¿No ha llegado el correo tras dos minutos?
passcode-help-junk = Busque en la carpeta de correo no deseado un correo de { $from }.
passcode-help-quarantine = En el trabajo, un filtro puede retener el correo en cuarentena: mire allí o pida a quienes administran su correo que dejen pasar los correos de esta dirección.
passcode-help-address = ¿Es { $address } exactamente la dirección en la que recibió el mensaje? Si no, vuelva atrás y escriba esa.
passcode-help-again = Pida que se le envíe un código nuevo. Si llegan varios correos, el código de cada uno es válido.
passcode-help-tries = Un código incorrecto solo se puede escribir unas pocas veces.

## Iniciar sesión en un servicio

departure-title = Inicio de sesión
departure-heading = Inicio de sesión con { $provider }
departure-text = Se le está llevando a { $provider }, y volverá aquí cuando haya iniciado sesión.
departure-go = Continuar a { $provider }
signed-in-title = Ha iniciado sesión
signed-in-opening = Se está abriendo su mensaje.
signed-in-again = Vuelva al correo, abra otra vez su archivo adjunto { $file } y pulse el botón que contiene: el mensaje se abre enseguida. O elija aquí el archivo.
not-signed-in-title = No ha iniciado sesión
not-signed-in-text = Para leer un mensaje, abra el archivo adjunto { $file } del correo que le trajo aquí, y pulse el botón que contiene.
