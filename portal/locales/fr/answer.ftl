# Répondre à un message : la page où l'on écrit, et celle d'après.

answer-reply = Répondre
answer-reply-all = Répondre à tous
answer-forward = Transférer
answer-forward-participants = Ce message ne peut être transféré qu’à son auteur et aux destinataires qui y sont nommés.
answer-forward-domains = Ce message peut être transféré aux adresses de { $domains }, à son auteur et aux destinataires qui y sont nommés.
answer-subject = Objet
answer-text = Message
answer-files-hint =
    { $files ->
        [one] Un fichier au plus, { $size } au plus.
       *[other] { $files } fichiers au plus, { $size } au total.
    }
answer-original = Joindre le message lui-même, avec ses pièces jointes
answer-copy = M'envoyer une copie
answer-send = Envoyer
answer-back = Retour au message
answer-hint = Votre message est protégé : les destinataires extérieurs à l'organisation le reçoivent comme vous avez reçu le vôtre.

## Le début du texte

answer-quoted = { $author } a écrit ({ $date }) :
answer-quoted-without-date = { $author } a écrit :
answer-forwarded = Message transféré

## Pourquoi il n'a pas été envoyé

answer-not-sent = Votre message n'a pas été envoyé.
answer-files-again = Si vous aviez joint des fichiers, veuillez les choisir à nouveau.
answer-later = Rien de ce que vous avez écrit n'est perdu. Veuillez attendre une minute, puis continuer.
answer-go-on = Continuer
answer-fault-no-address = Indiquez l'adresse d'une personne qui doit recevoir le message.
answer-fault-nobody = Choisissez au moins une personne qui doit recevoir le message.
answer-fault-address = Ce que vous avez saisi n'est pas une liste d'adresses comme nom@example.org, séparées par des virgules.
answer-fault-not-allowed = Ce message ne peut pas être transféré à l'une de ces adresses.
answer-fault-recipients = Il y a plus de destinataires qu'un message ne peut en avoir.
answer-fault-empty = Votre message est encore vide.
answer-fault-text = Votre texte est trop long.
answer-fault-files =
    { $files ->
        [one] Vous pouvez joindre un fichier au plus.
       *[other] Vous pouvez joindre { $files } fichiers au plus.
    }
answer-fault-file-bytes = Les pièces jointes ne doivent pas dépasser { $size } au total.
answer-fault-too-many =
    { $minutes ->
        [one] Vous avez envoyé beaucoup de messages en peu de temps. Veuillez réessayer dans une minute.
       *[other] Vous avez envoyé beaucoup de messages en peu de temps. Veuillez réessayer dans { $minutes } minutes.
    }
answer-fault-busy = Le portail est très sollicité. Veuillez réessayer dans une minute.
answer-fault-unavailable = Votre message ne peut pas être envoyé pour le moment. Veuillez réessayer dans quelques minutes.
answer-fault-unsure = Le serveur de messagerie n’a pas dit s’il a accepté votre message. Il a peut-être été envoyé. Si vous l’envoyez de nouveau, il peut arriver deux fois.
answer-fault-under-way = Votre message est en cours d’envoi. Veuillez attendre un instant, puis appuyer de nouveau sur « Envoyer » : vous verrez alors ce qu’il est devenu.
answer-fault-sent-other = Un message a déjà été envoyé depuis cette page. Ce que vous avez écrit maintenant en diffère : appuyez sur « Envoyer » si cela doit aussi être envoyé.
answer-fault-refused = Le serveur de messagerie refuse votre message. Si cela se reproduit, veuillez répondre autrement.

## La page d'après

sent-title = Votre message a été envoyé
sent-before = Ce message avait déjà été envoyé ; il n'a pas été envoyé une seconde fois.
sent-to = Il a été envoyé à :
sent-copy = Une copie vous est envoyée.
