# El correo portador y message.html.

heading = Mensaje protegido
intro = { $sender } le ha enviado un mensaje protegido.
nobody = Alguien
button = Leer el mensaje
proof = Se le pedirá que demuestre que este buzón es suyo, por ejemplo con un código de un solo uso que se le envía.
open_file = Para leerlo, abra el archivo adjunto { $file } y pulse «{ $button }».
or_open_file = Si el botón no funciona, abra el archivo adjunto { $file } y pulse allí «{ $button }».
or_choose_file = Si el archivo no se abre en este dispositivo, guárdelo y elíjalo en esta página:
portal_button = Ir al portal
open_link = Para leerlo, abra este enlace:
only_at = El mensaje se abre solo en { $portal }.
no_reply = Una respuesta a este correo no está protegida: responda en la página que muestra el mensaje.
patience = Un mensaje grande puede tardar un momento.
if_button_fails = Si el botón no funciona
step_save = Guarde este archivo en su dispositivo.
step_open = Abra { $portal } en su navegador.
step_choose = Elija allí este archivo.
