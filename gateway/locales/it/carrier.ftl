# L'e-mail portante e message.html.

heading = Messaggio protetto
intro = { $sender } Le ha inviato un messaggio protetto.
nobody = Qualcuno
button = Leggi il messaggio
proof = Le verrà chiesto di dimostrare che questa casella è Sua, per esempio con un codice monouso che Le viene inviato.
open_file = Per leggerlo, apra il file allegato { $file } e prema «{ $button }».
or_open_file = Se il pulsante non funziona, apra il file allegato { $file } e prema lì «{ $button }».
or_choose_file = Se il file non si apre su questo dispositivo, lo salvi e lo scelga in questa pagina:
portal_button = Vai al portale
open_link = Per leggerlo, apra questo link:
only_at = Il messaggio si apre solo su { $portal }.
no_reply = Una risposta a questa e-mail non è protetta: risponda invece nella pagina che mostra il messaggio.
patience = Un messaggio grande può richiedere un momento.
if_button_fails = Se il pulsante non funziona
step_save = Salvi questo file sul Suo dispositivo.
step_open = Apra { $portal } nel Suo browser.
step_choose = Scelga lì questo file.
