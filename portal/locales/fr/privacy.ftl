# What the portal keeps, and what others learn.
privacy-link = Confidentialité
privacy-title = Confidentialité
privacy-updated = Dernière mise à jour : { $date }
privacy-controller = Ce portail est exploité par : { $controller }
privacy-message-title = Votre message
privacy-message = Votre message se trouve, scellé, dans votre propre boîte aux lettres. Ce portail ne l’ouvre que pour vous le montrer et n’en garde aucune copie. Votre adresse, votre code et le message ne sont enregistrés nulle part ici.
privacy-kept-title = Ce qui est conservé, et pendant combien de temps
privacy-kept = Entre deux pages, le portail conserve des empreintes (calculées avec une clé secrète) dont personne ne peut retrouver l’origine :
privacy-kept-passcode = Lors de l’envoi d’un code : des empreintes du cookie de votre navigateur, du message, de votre adresse et du code, jusqu’à son utilisation, au plus { $minutes } min.
privacy-kept-limits = Lors d’une demande de code ou de connexion : des empreintes de votre adresse, du message et de votre réseau (adresse IP), avec l’heure, pendant { $minutes } min, afin que personne ne puisse en demander sans fin.
privacy-kept-session = Tant que vous êtes connecté : des empreintes de votre adresse et du cookie de votre navigateur, jusqu’à votre déconnexion, au plus { $minutes } min.
privacy-kept-session-longer = Si vous choisissez de rester connecté : les mêmes, au plus { $hours } h.
privacy-kept-sign-in = Après une connexion avec un compte : une empreinte de cette connexion, pendant { $minutes } min, afin que personne ne puisse la réutiliser.
privacy-kept-known = Après l’utilisation d’un code : des empreintes du cookie de votre navigateur et de votre adresse, pendant { $days } jours, afin que personne d’autre ne puisse épuiser les codes que vous pouvez demander.
privacy-kept-revoked = Lorsqu’un expéditeur retire un message : une empreinte de ce message, jusqu’à ce qu’il soit de nouveau lisible.
privacy-kept-backups = Les sauvegardes de la base de données gardent ces empreintes plus longtemps.
privacy-cookies-title = Cookies
privacy-cookies = Le portail ne dépose que les cookies nécessaires à ce que vous lui demandez. Aucun ne vous suit sur d’autres sites.
privacy-cookie-browser =
    { $days ->
        [0] lie les codes à votre navigateur jusqu’à sa fermeture
       *[kept] lie les codes à votre navigateur : { $days } jours après l’utilisation d’un code, sinon jusqu’à la fermeture du navigateur
    }
privacy-cookie-session =
    { $hours ->
        [0] vous gardent connecté jusqu’à votre déconnexion ou la fermeture du navigateur
       *[kept] vous gardent connecté jusqu’à votre déconnexion ou la fermeture du navigateur, ou pendant { $hours } h si vous le choisissez
    }
privacy-cookie-sign-in = garde votre place pendant que vous vous connectez avec un compte, pendant { $minutes } min
privacy-cookie-language = retient pendant un an la langue que vous avez choisie
privacy-browser = Pendant que vous vous connectez avec un compte, le message scellé attend dans votre propre navigateur jusqu’à votre retour. Si vous ne revenez pas, il en est supprimé la prochaine fois que vous lisez un message ici, au plus tôt après une heure.
privacy-log-title = Journal et chiffres
privacy-log = Pour chaque page, le portail note de quel type de page il s’agissait, comment cela s’est terminé et combien de temps cela a pris : aucune adresse, aucune adresse IP, rien du message. Le serveur web placé devant lui peut tenir son propre journal.
privacy-figures = Le portail compte, jour par jour, combien de messages ont été lus, de quelles façons les lecteurs se sont connectés, quels types de navigateur ils ont utilisés et quelles erreurs se sont produites. Personne ne peut être reconnu dans ces chiffres. Ils sont conservés { $days } jours, et les nombres inférieurs à { $smallest } ne sont pas montrés.
privacy-others-title = Ce que d’autres apprennent
privacy-others-mail = Un code vous est envoyé par courriel, par les serveurs de courrier de cette organisation et de votre propre fournisseur.
privacy-others-pictures = Les images situées sur d’autres ordinateurs ne sont chargées que si vous le demandez. Ceux qui exploitent ces ordinateurs apprennent alors votre adresse IP et le fait que vous lisez le message.
privacy-others-providers = Si vous vous connectez avec un compte ({ $providers }), ce service apprend que vous utilisez ce portail, et quand, mais pas quel message vous lisez. Il communique au portail votre adresse, dont seules les empreintes nommées ci-dessus sont conservées.
privacy-others-hint = L’adresse à laquelle le message a été envoyé est également communiquée à ce service.
privacy-answer = Ce que vous écrivez dans une réponse part par courriel et n’est pas conservé ici ; un brouillon reste dans votre propre navigateur. Une empreinte en est gardée pendant { $minutes } min, afin qu’elle ne soit pas envoyée deux fois, et aussi longtemps des empreintes de votre adresse et de votre réseau (adresse IP), avec l’heure, afin que personne ne puisse envoyer sans fin.
