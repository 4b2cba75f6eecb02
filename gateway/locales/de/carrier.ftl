# Die Trägermail und message.html.

heading = Geschützte Nachricht
intro = { $sender } hat Ihnen eine geschützte Nachricht gesendet.
nobody = Jemand
button = Nachricht lesen
proof = Sie werden gebeten nachzuweisen, dass dieses Postfach Ihnen gehört, etwa mit einem Einmalcode, der Ihnen zugesandt wird.
open_file = Um sie zu lesen, öffnen Sie die angehängte Datei { $file } und drücken Sie „{ $button }“.
or_open_file = Wenn der Knopf nicht geht, öffnen Sie die angehängte Datei { $file } und drücken Sie dort „{ $button }“.
or_choose_file = Wenn sich die Datei auf diesem Gerät nicht öffnet, speichern Sie sie und wählen Sie sie auf dieser Seite aus:
portal_button = Zum Portal
open_link = Um sie zu lesen, öffnen Sie diesen Link:
only_at = Die Nachricht öffnet sich nur auf { $portal }.
no_reply = Eine Antwort auf diese E-Mail ist nicht geschützt: Antworten Sie stattdessen auf der Seite, die die Nachricht zeigt.
patience = Eine große Nachricht kann einen Moment brauchen.
if_button_fails = Wenn der Knopf nicht geht
step_save = Speichern Sie diese Datei auf Ihrem Gerät.
step_open = Öffnen Sie { $portal } in Ihrem Browser.
step_choose = Wählen Sie dort diese Datei aus.
