# La page qui montre un message, et la page à imprimer.

message-title = Message protégé
message-print = Version imprimable
message-save = Enregistrer le message
message-label = Message
message-label-nested = Message dans le message
message-frame = Texte du message
message-no-subject = (sans objet)
message-empty = Ce message n'a pas de texte.
message-from = De
message-to = À
message-cc = Copie à
message-date = Date
message-more =
    { $count ->
        [one] { $count } autre
       *[other] { $count } autres
    }
message-cut = La liste est trop longue pour être affichée ici.
message-nested = Message dans ce message :
message-nested-from = , de { $author }
print-how = Pour imprimer ce message, utilisez la commande d'impression de votre navigateur.

## Pièces jointes

attachments = Pièces jointes
attachment-view = Voir
attachment-view-this = Voir { $name }
attachment-save = Enregistrer
attachment-save-this = Enregistrer { $name }
attachments-save = Tout enregistrer en un fichier ZIP
attachments-withheld = L'expéditeur de ce message ne permet pas de télécharger ses pièces jointes :
size-bytes =
    { $bytes ->
        [one] { $bytes } octet
       *[other] { $bytes } octets
    }
size-kilobytes = { $kilobytes } ko
size-megabytes = { $whole },{ $tenths } Mo

## Ce que l'expéditeur demande

asked-title = Ce que l'expéditeur vous demande
asked-no-print = Veuillez ne pas imprimer ce message.
asked-no-forward = Veuillez ne pas transmettre ce message.
asked-hint = Ce sont des demandes, pas des verrous. Ce portail n'offre aucun moyen de le faire, mais rien ne peut empêcher de copier ce qui se trouve sur un écran.

## Ce que le lecteur doit savoir

notice-remote =
    { $count ->
        [one] { $count } image de ce message se trouve sur un autre ordinateur et n'est pas affichée.
       *[other] { $count } images de ce message se trouvent sur d'autres ordinateurs et ne sont pas affichées.
    }
notice-remote-tells = Charger des images apprend à ces ordinateurs que vous avez ouvert ce message, quand, et depuis quelle adresse réseau.
notice-remote-load = Charger les images
notice-remote-loaded = Les images de ce message viennent d'autres ordinateurs, qui savent maintenant que vous l'avez ouvert.
notice-omitted =
    { $count ->
        [one] { $count } image est trop grande pour être affichée ici.
       *[other] { $count } images sont trop grandes pour être affichées ici.
    }
notice-too-complex = La version mise en forme de ce message est trop complexe pour être affichée sans risque ; vous en voyez donc le texte.
notice-cut = Ce message est trop long pour être affiché en entier. Le texte complet se trouve parmi les pièces jointes.
notice-pgp = L'expéditeur a de plus chiffré ce message avec PGP, pour une clé que vous seul(e) possédez. Enregistrez le message, et ouvrez-le dans le programme que vous utilisez pour PGP.
notice-smime = L'expéditeur a de plus chiffré ce message avec S/MIME, pour un certificat que vous seul(e) possédez. Enregistrez le message, et ouvrez-le dans le logiciel de messagerie qui contient votre certificat.
notice-smime-signed = L'expéditeur a signé ce message avec S/MIME sous une forme que seuls les logiciels de messagerie savent lire. Enregistrez le message, et ouvrez-le dans votre logiciel de messagerie.
notice-signed = L'expéditeur a signé ce message. La signature n'est pas vérifiée ici ; pour la vérifier, enregistrez le message et ouvrez-le dans votre logiciel de messagerie.
notice-not-opened = Certains messages contenus dans ce message ne sont pas ouverts ici. Enregistrez-les pour les lire dans un logiciel de messagerie.
notice-parts = Ce message ne peut pas être affiché ici, car il a plus de 1000 parties. Vous pouvez l'enregistrer et l'ouvrir dans un logiciel de messagerie.
notice-depth = Ce message ne peut pas être affiché ici, car ses parties sont imbriquées trop profondément. Vous pouvez l'enregistrer et l'ouvrir dans un logiciel de messagerie.
notice-header = Ce message ne peut pas être affiché ici, car l'un de ses en-têtes est trop long. Vous pouvez l'enregistrer et l'ouvrir dans un logiciel de messagerie.
notice-unsaved-closed = Seul un autre programme pourrait afficher ce message, et l’expéditeur n’autorise pas son enregistrement. Veuillez demander à l’expéditeur un autre moyen de le lire.
notice-unsaved-cut = Ce message est trop long pour être affiché en entier, et l’expéditeur n’autorise pas son enregistrement. Veuillez demander à l’expéditeur un autre moyen de lire le reste.
notice-unsaved-signed = L’expéditeur a signé ce message. La signature n’est pas vérifiée ici.
notice-unsaved-nested = Certains messages contenus dans ce message ne sont pas ouverts ici, et l’expéditeur n’autorise pas leur enregistrement.

## Événements

event = Événement
event-cancelled = Cet événement est annulé
event-invitation = Invitation
event-answer = Réponse à une invitation
event-other-time = Une autre date est proposée
event-told = Événement
event-no-title = (sans titre)
event-begins = Début
event-ends = Fin
event-repeats = Répétition
event-daily = En jours ; la règle est dans le fichier de calendrier
event-weekly = En semaines ; la règle est dans le fichier de calendrier
event-monthly = En mois ; la règle est dans le fichier de calendrier
event-yearly = En années ; la règle est dans le fichier de calendrier
event-repeated = Oui ; la règle est dans le fichier de calendrier
event-where = Lieu
event-host = De
event-guests = Invités
event-accepted = accepté
event-declined = refusé
event-tentative = peut-être

## Dates

date-day =
    { $weekday ->
         [1] lundi
         [2] mardi
         [3] mercredi
         [4] jeudi
         [5] vendredi
         [6] samedi
        *[7] dimanche
    } { $day } { $month ->
         [1] janvier
         [2] février
         [3] mars
         [4] avril
         [5] mai
         [6] juin
         [7] juillet
         [8] août
         [9] septembre
         [10] octobre
         [11] novembre
        *[12] décembre
    } { $year }
date-minute = { $date }, { $time }
date-zone = { $moment } ({ $zone })
