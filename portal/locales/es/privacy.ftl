# What the portal keeps, and what others learn.
privacy-link = Privacidad
privacy-title = Privacidad
privacy-updated = Última actualización: { $date }
privacy-controller = Este portal lo gestiona: { $controller }
privacy-message-title = Su mensaje
privacy-message = Su mensaje está sellado en su propio buzón. Este portal lo abre solo para mostrárselo y no guarda ninguna copia. Ni su dirección de correo, ni su código, ni el mensaje se almacenan aquí.
privacy-kept-title = Qué se guarda y durante cuánto tiempo
privacy-kept = Entre dos páginas, el portal guarda huellas (calculadas con una clave secreta) de las que nadie puede recuperar el origen:
privacy-kept-passcode = Cuando se envía un código: huellas de la cookie de su navegador, del mensaje, de su dirección y del código, hasta que usted lo use, como máximo { $minutes } min.
privacy-kept-limits = Cuando se pide un código o un inicio de sesión: huellas de su dirección, del mensaje y de su red (dirección IP), con la hora, durante { $minutes } min, para que nadie pueda pedirlos sin fin.
privacy-kept-session = Mientras tiene la sesión iniciada: huellas de su dirección y de la cookie de su navegador, hasta que cierre la sesión, como máximo { $minutes } min.
privacy-kept-session-longer = Si decide mantener la sesión iniciada: las mismas, como máximo { $hours } h.
privacy-kept-sign-in = Después de iniciar sesión con una cuenta: una huella de ese inicio de sesión, durante { $minutes } min, para que nadie pueda volver a usarlo.
privacy-kept-known = Después de usar un código: huellas de la cookie de su navegador y de su dirección, durante { $days } días, para que nadie más pueda agotar los códigos que usted puede pedir.
privacy-kept-revoked = Cuando un remitente retira un mensaje: una huella de ese mensaje, hasta que vuelva a poder leerse.
privacy-kept-backups = Las copias de seguridad de la base de datos contienen las mismas huellas durante más tiempo.
privacy-cookies-title = Cookies
privacy-cookies = El portal solo usa las cookies necesarias para lo que usted le pide. Ninguna le sigue a otros sitios.
privacy-cookie-browser =
    { $days ->
        [0] vincula los códigos a su navegador hasta que lo cierre
       *[kept] vincula los códigos a su navegador: durante { $days } días después de usar uno; si no, hasta que cierre el navegador
    }
privacy-cookie-session =
    { $hours ->
        [0] mantienen su sesión hasta que la cierre o cierre el navegador
       *[kept] mantienen su sesión hasta que la cierre o cierre el navegador, o durante { $hours } h si usted lo elige
    }
privacy-cookie-sign-in = guarda su lugar mientras inicia sesión con una cuenta, durante { $minutes } min
privacy-cookie-language = recuerda durante un año el idioma que ha elegido
privacy-browser = Mientras usted inicia sesión con una cuenta, el mensaje sellado espera en su propio navegador hasta que vuelva. Si no vuelve, se elimina de allí la próxima vez que lea aquí un mensaje, como pronto al cabo de una hora.
privacy-log-title = Registro y cifras
privacy-log = De cada página, el portal registra de qué tipo era, cómo terminó y cuánto tardó: ninguna dirección de correo, ninguna dirección IP, nada del mensaje. El servidor web que está delante puede llevar su propio registro.
privacy-figures = El portal cuenta, día a día, cuántos mensajes se han leído, de qué maneras se ha iniciado sesión, qué tipos de navegador se han usado y qué errores ha habido. En esas cifras no se puede reconocer a nadie. Se guardan durante { $days } días, y los números inferiores a { $smallest } no se muestran.
privacy-others-title = Qué saben otros
privacy-others-mail = El código se le envía por correo, a través de los servidores de correo de esta organización y de su propio proveedor.
privacy-others-pictures = Las imágenes que están en otros ordenadores solo se cargan si usted lo pide. Quien gestiona esos ordenadores conoce entonces su dirección IP y sabe que usted está leyendo el mensaje.
privacy-others-providers = Si inicia sesión con una cuenta ({ $providers }), ese servicio sabe que usted usa este portal, y cuándo, pero no qué mensaje lee. Comunica al portal su dirección, de la que solo se guardan las huellas mencionadas arriba.
privacy-others-hint = A ese servicio se le comunica también la dirección a la que se envió el mensaje.
privacy-answer = Lo que escribe en una respuesta se envía por correo y no se guarda aquí; un borrador permanece en su propio navegador. Durante { $minutes } min se guarda una huella de ella, para que no se envíe dos veces, y también huellas de su dirección y de su red (dirección IP), con la hora, para que nadie pueda enviar sin fin.
