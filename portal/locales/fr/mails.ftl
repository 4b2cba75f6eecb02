# Les e-mails du portail. Les lignes sont envoyées telles quelles : moins de 76 caractères.

passcode-mail-subject = Votre code pour lire un message protégé (référence { $reference })
passcode-mail-subject-with = { $passcode } est votre code pour lire un message protégé (référence { $reference })
passcode-mail-before =
    Vous souhaitez lire un message protégé.
    Voici votre code à usage unique :
passcode-mail-after =
    Saisissez-le sur la page qui affiche la même référence : { $reference }
    Il est valable { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }, une seule fois, et sur cette page seulement.

    Ne le communiquez jamais : personne n'a de raison de vous le demander.

    Vous n'avez pas demandé de code ? Alors ignorez cet e-mail.
    Sans le code, personne ne peut lire le message.
