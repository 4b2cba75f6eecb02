# Le courriel porteur et message.html.

heading = Message protégé
intro = { $sender } vous a envoyé un message protégé.
nobody = Quelqu'un
button = Lire le message
proof = Il vous sera demandé de prouver que cette boîte aux lettres est la vôtre, par exemple avec un code à usage unique qui vous est envoyé.
open_file = Pour le lire, ouvrez le fichier joint { $file } et appuyez sur « { $button } ».
or_open_file = Si le bouton ne fonctionne pas, ouvrez le fichier joint { $file } et appuyez-y sur « { $button } ».
or_choose_file = Si le fichier ne s'ouvre pas sur cet appareil, enregistrez-le et choisissez-le sur cette page :
portal_button = Aller au portail
open_link = Pour le lire, ouvrez ce lien :
only_at = Le message ne s'ouvre que sur { $portal }.
no_reply = Une réponse à cet e-mail n'est pas protégée : répondez plutôt sur la page qui affiche le message.
patience = Un message volumineux peut prendre un moment.
if_button_fails = Si le bouton ne fonctionne pas
step_save = Enregistrez ce fichier sur votre appareil.
step_open = Ouvrez { $portal } dans votre navigateur.
step_choose = Choisissez-y ce fichier.
