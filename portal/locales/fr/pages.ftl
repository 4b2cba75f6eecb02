# Les pages autour d'un message.

## Sur chaque page

footer = Ce portail ne conserve aucun message. Il oublie le vôtre dès que cette page est envoyée.
language = Langue
language-change = Changer
sign-out = Se déconnecter
signed-out = Vous êtes déconnecté(e)
    .body = Fermez cette fenêtre et, sur un ordinateur que d'autres utilisent aussi, le navigateur entier.

## La page d'accueil, et le formulaire pour un fichier

start-title = Lire un message protégé
start-choose = L'e-mail que vous avez reçu a une pièce jointe, { $file }. Choisissez ce fichier ici, ou déposez-le sur le champ.
start-no-script = Êtes-vous arrivé(e) ici par un lien dans l'e-mail ? Cela ne fonctionne qu'avec JavaScript, qui est désactivé dans votre navigateur. Ouvrez plutôt la pièce jointe { $file } du même e-mail, ou choisissez-la ci-dessus : cela fonctionne sans JavaScript.
file-label = Le fichier message.html, ou l'e-mail enregistré
file-open = Ouvrir le message

## La page qui demande une preuve

prove-title = Ce message est-il pour vous ?
prove-one = Ce message ne peut être lu que par la personne à qui il a été envoyé. Veuillez prouver que vous êtes cette personne.
prove-several = Ce message ne peut être lu que par les personnes à qui il a été envoyé. Veuillez prouver que vous en faites partie.
prove-signed-out = Votre connexion a expiré. Veuillez prouver de nouveau votre adresse.
prove-other-address = Vous êtes connecté(e) avec une adresse à laquelle ce message n'a pas été envoyé. Prouvez l'adresse à laquelle vous l'avez reçu, ou connectez-vous avec un autre compte.
prove-other-way = Vous êtes connecté(e), mais l'expéditeur de ce message demande une autre preuve de votre adresse.
prove-sign-in = Se connecter avec { $provider }
prove-too-many =
    { $minutes ->
        [one] Aucun code n’a été envoyé : trop de codes ont été demandés. Vous pourrez en demander un dans une minute.
       *[other] Aucun code n’a été envoyé : trop de codes ont été demandés. Vous pourrez en demander un dans { $minutes } minutes.
    }
prove-too-many-account = Vous pouvez aussi vous connecter avec un compte dès maintenant.
prove-or-passcode = Ou par un code à usage unique
prove-or-account = Ou avec un compte
prove-which-account = Si l'un de ces comptes a l'adresse à laquelle vous avez reçu le message, vous pouvez vous connecter avec lui.
prove-passcode-one = Nous envoyons un code à usage unique à l'adresse à laquelle le message a été envoyé ; vous le saisissez à la page suivante.
prove-passcode-several = Saisissez l'adresse à laquelle vous avez reçu le message. Nous envoyons un code à usage unique à cette adresse ; vous le saisissez à la page suivante.
prove-no-address = Saisissez une adresse complète, par exemple name@example.org.
prove-address = Votre adresse e-mail
prove-send = M'envoyer un code
prove-keep =
    { $hours ->
        [one] Rester connecté(e) sur cet ordinateur pendant { $hours } heure après une connexion avec un compte
       *[other] Rester connecté(e) sur cet ordinateur pendant { $hours } heures après une connexion avec un compte
    }

## La page qui demande le code

passcode-title = Saisissez votre code
passcode-sent = Un e-mail contenant un code est en route vers l'adresse à laquelle ce message a été envoyé.
passcode-sent-to = Si { $address } est l'une des adresses auxquelles ce message a été envoyé, un e-mail contenant un code est en route vers elle.
passcode-reference = Il porte la référence { $reference }.
passcode-minutes =
    { $minutes ->
        [one] Le code est valable { $minutes } minute.
       *[other] Le code est valable { $minutes } minutes.
    }
passcode-wrong = Ce code est faux, ou n'est plus valable. Saisissez-le de nouveau, ou faites-en envoyer un autre.
passcode-missing = Saisissez le code qui se trouve dans l’e-mail : il a 8 chiffres.
passcode-label = Code (8 chiffres)
passcode-keep =
    { $hours ->
        [one] Rester connecté(e) sur cet ordinateur pendant { $hours } heure
       *[other] Rester connecté(e) sur cet ordinateur pendant { $hours } heures
    }
passcode-read = Lire le message
passcode-again = Envoyer un nouveau code
passcode-too-many =
    { $minutes ->
        [one] Aucun autre code n’a été envoyé : trop de codes ont été demandés. Ceux que vous avez déjà restent valables jusqu’à leur terme. Vous pourrez en demander un autre dans une minute.
       *[other] Aucun autre code n’a été envoyé : trop de codes ont été demandés. Ceux que vous avez déjà restent valables jusqu’à leur terme. Vous pourrez en demander un autre dans { $minutes } minutes.
    }
passcode-help-title = Pas d’e-mail après deux minutes ?
passcode-help-junk = Cherchez dans le dossier des indésirables un e-mail de { $from }.
passcode-help-quarantine = Au travail, un filtre peut retenir l’e-mail en quarantaine : regardez-y, ou demandez aux responsables de votre messagerie de laisser passer les e-mails de cette adresse.
passcode-help-address = Est-ce bien à l’adresse { $address } que vous avez reçu le message ? Sinon, revenez en arrière et saisissez la bonne.
passcode-help-again = Faites envoyer un nouveau code. Si plusieurs e-mails arrivent, le code de chacun est valable.
passcode-help-tries = Un code erroné ne peut être saisi que quelques fois.

## Se connecter auprès d'un service

departure-title = Connexion
departure-heading = Connexion avec { $provider }
departure-text = Vous êtes dirigé(e) vers { $provider }, et revenez ici une fois connecté(e).
departure-go = Continuer vers { $provider }
signed-in-title = Vous êtes connecté(e)
signed-in-opening = Votre message est en cours d'ouverture.
signed-in-again = Retournez à l'e-mail, ouvrez encore une fois sa pièce jointe { $file } et appuyez sur le bouton qu'elle contient : le message s'ouvre aussitôt. Ou choisissez le fichier ici.
not-signed-in-title = Vous n'êtes pas connecté(e)
not-signed-in-text = Pour lire un message, ouvrez la pièce jointe { $file } de l'e-mail qui vous a amené(e) ici, et appuyez sur le bouton qu'elle contient.
