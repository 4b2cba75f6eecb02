# De dragermail en message.html.

heading = Beveiligd bericht
intro = { $sender } heeft u een beveiligd bericht gestuurd.
nobody = Iemand
button = Bericht lezen
proof = U wordt gevraagd aan te tonen dat dit postvak van u is, bijvoorbeeld met een eenmalige code die u wordt toegestuurd.
open_file = Open om het te lezen het bijgevoegde bestand { $file } en druk op ‘{ $button }’.
or_open_file = Als de knop niet werkt, open dan het bijgevoegde bestand { $file } en druk daar op ‘{ $button }’.
or_choose_file = Als het bestand op dit apparaat niet opengaat, sla het dan op en kies het op deze pagina:
portal_button = Naar het portaal
open_link = Open om het te lezen deze link:
only_at = Het bericht gaat alleen open op { $portal }.
no_reply = Een antwoord op deze e-mail is niet beveiligd: antwoord in plaats daarvan op de pagina die het bericht toont.
patience = Een groot bericht kan even duren.
if_button_fails = Als de knop niet werkt
step_save = Sla dit bestand op uw apparaat op.
step_open = Open { $portal } in uw browser.
step_choose = Kies daar dit bestand.
