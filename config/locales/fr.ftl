# Toutes les phrases que le bot dit en français. Les clés sont celles de en.ftl.

language-name = Français
language-names = en anglais, es espagnol, es castillan, fr français, pt portugais

# --- qui il est ---
profile-name = Communiqués de { $short } (non officiel)
profile-description =
    Posez vos questions sur les communiqués de presse de { $short } avec vos propres mots : la réponse est citée mot pour mot, avec la personne à contacter.

    Ni « { $organisation } », ni un service d’urgence.
profile-short = Cite mot pour mot les communiqués publics de { $short }. Ni l’organisation, ni un service d’urgence.

start =
    Bonjour. Je réponds aux questions sur les communiqués de presse de { $short } avec leurs propres mots, et j’indique qui contacter.
start-what =
    Je suis un bot, ni { $short } ni un service d’urgence : en cas de danger, appelez le numéro d’urgence du pays où vous êtes.
what-it-is =
    Je cite des communiqués de presse publics. Je ne suis pas l’organisation ({ $organisation }) et je ne parle pas en son nom. Je ne suis pas un service d’urgence : en cas de danger, appelez le numéro d’urgence du pays où vous êtes.
help =
    Demandez avec vos propres mots ce que disent les communiqués, ou qui contacter. Je réponds avec leurs phrases, mot pour mot ; s’ils ne contiennent pas la réponse, je vous le dis.
help-commands =
    Vous pouvez aussi utiliser :
help-groups =
    Dans un groupe, je réponds à /search, aux commandes qui me nomment, aux réponses à mes messages et aux messages qui me mentionnent. À rien d’autre.
# Said once in a group that the bot has joined.
joined-group =
    Bonjour, je cite les communiqués de presse de { $short } : interrogez-moi avec /search suivi de vos mots, en me mentionnant ou en réponse à l’un de mes messages.
privacy-heading = Ce qui est conservé sur vous
privacy =
    Votre question est conservée jusqu’à ce qu’elle ait reçu une réponse, normalement quelques secondes et au plus un jour, puis elle est effacée. Il reste, pour vous dans cette discussion, la langue que vous avez choisie et, pendant un jour, un nombre qui indique si vous avez modifié votre question, quel message a répondu auquel, sous forme de nombres, et quels communiqués il a montrés. Le sujet de la conversation, avec votre dernière question, est retenu un court moment ; /reset l’oublie. Les journaux techniques ne contiennent ni question, ni nom, ni numéro de discussion.
privacy-kept =
    Si les communiqués ne répondent pas à votre question, ou si vous indiquez par un bouton ou une réaction qu’une réponse ne vous a pas aidé, les mots de la question sont conservés avec la date et ce qui a été répondu, afin d’améliorer les communiqués : sans votre nom, votre numéro, cette discussion ni l’heure. N’écrivez donc rien de personnel dans une question.
privacy-telegram =
    Telegram lui-même conserve les messages de cette discussion comme ceux de toute autre.

menu-search = Chercher dans les communiqués les mots qui suivent
menu-releases = Voir les communiqués, tous ou ceux d’un sujet ou d’une date
menu-release = Voir en entier le communiqué nommé ensuite
menu-contacts = Qui contacter, sur un sujet ou sur tous
menu-language = Langue des réponses
menu-reset = Oublier ce dont nous parlions
menu-help = Comment poser une question
menu-privacy = Ce que c’est et ce qui est conservé
menu-start = Recommencer

# --- réponses ---
not-found = Les communiqués ne contiennent pas de réponse à cette question.
not-found-missing = Les communiqués ne contiennent pas de réponse à cette question. Je n’y ai rien trouvé sur { $words }.
not-found-unmet = Les communiqués ne contiennent pas de réponse à cette question. Je n’ai trouvé aucun passage à ce sujet qui mentionne { $words }.
not-found-also = Les communiqués ne répondent pas à { $question }.
quoted-word = « { $word } »
nearest = Le plus proche par le sujet, sans être une réponse :
ask-the-desk = Vous pouvez vous adresser au service de presse :
quoted-from = { $language ->
    [de] Cité en allemand, tel que publié.
    [en] Cité en anglais, tel que publié.
    [es] Cité en espagnol, tel que publié.
    [fr] Cité en français, tel que publié.
    [it] Cité en italien, tel que publié.
    [pt] Cité en portugais, tel que publié.
   *[other] Cité dans la langue de publication.
}
unclear = Je n’ai pas trouvé de question dans votre message. Écrivez ce que vous voulez savoir des communiqués de { $short }.
not-text = Je ne peux lire que du texte. Écrivez votre question avec des mots.
reset = Volontiers : nous recommençons. Que voulez-vous savoir ?
search-empty = Écrivez après la commande ce qu’il faut chercher, ou répondez avec elle au message qui pose la question.
# Before a search as an example.
search-example = Par exemple :
no-releases = Il n’y a pas encore de communiqué.
help-lines = Vous pouvez appeler :
talk-goodbye = Au revoir. Écrivez de nouveau quand vous voulez.
talk-small-talk = Je ne suis qu’un bot et je ne sais pas bavarder, mais je connais les communiqués de { $short } : interrogez-moi à leur sujet quand vous voulez.
talk-identity = Je suis un bot : un programme, pas une personne.
talk-complaint = Désolé de ne pas vous avoir aidé. Posez la question avec d’autres mots, peut-être avec un nom, un lieu ou une année.
talk-complaint-more = Désolé de ne pas vous avoir aidé. Peut-être cet autre passage, ou le contact ci-dessous :
talk-complaint-desk = Désolé de ne pas vous avoir aidé. Demandez avec d’autres mots, ou au contact du communiqué :
talk-doubt = Je cite ce que { $short } a publié, mot pour mot ; je ne peux pas le vérifier. Le communiqué, et à qui demander :
talk-doubt-none = Je cite ce que { $short } a publié, mot pour mot ; je ne peux pas le vérifier. Le contact d’un communiqué peut vous en dire plus.
talk-language = Je réponds en français. Une citation reste dans la langue de publication.
talk-language-version = Ce communiqué en français :
talk-language-none = Ce communiqué n’a pas été publié en français ; à qui demander :
talk-abuse = Désolé que vous soyez mécontent. Dites-moi ce que vous voulez savoir des communiqués et je le cherche.
talk-instruction = Je ne fais pas cela : je cite seulement les communiqués de { $short }. Interrogez-moi à leur sujet.
no-emergency-service = Je ne suis pas un service d’urgence. Si quelqu’un est en danger, appelez le numéro d’urgence du pays où vous êtes.
thanks = Je vous en prie. N’hésitez pas à poser d’autres questions.
feedback-thanks = Merci.

# --- contacts ---
label-contact = Contact
contacts-all = Qui contacter, et sur quels communiqués :
# Deux ou plus.
contacts-more = et { $count } autres communiqués
contacts-narrow = Ajoutez un nom ou un sujet après /contacts pour voir qui contacter.
contacts-nobody = Les communiqués ne nomment personne à contacter.
contacts-none = Ce communiqué ne nomme personne à contacter.
contact-no-phone = { $releases ->
    [one] Le communiqué ne donne pas de numéro de téléphone pour { $name }.
   *[other] Les communiqués ne donnent pas de numéro de téléphone pour { $name }.
  }
contact-no-way = Les communiqués ne donnent aucun contact pour { $name }.
# Whom to ask about somebody or something of whom the releases give no number or address.
ask-desk-of-release = Le service de presse d’un communiqué qui le nomme :
contact-no-email = { $releases ->
    [one] Le communiqué ne donne pas d’adresse électronique pour { $name }.
   *[other] Les communiqués ne donnent pas d’adresse électronique pour { $name }.
  }

# --- communiqués ---
release-dated = Date de ce communiqué : { $date }.
release-undated = La page de ce communiqué n’indique pas sa date :
releases-heading = { $count ->
    [one] Le communiqué :
   *[other] Les { $count } communiqués, du plus récent au plus ancien{ $undated ->
        [0] {" "}:
       *[other] {" "}; à la fin, ceux sans date :
    }
  }
# De $count communiqués, avec ce qu’ils ont en commun : « 2 communiqués de mars 2019 qui mentionnent « santé » : »
releases-found = { $count ->
    [one] Un communiqué{ $reasons } :
   *[other] { $count } communiqués{ $reasons } :
  }
releases-newest = { $count ->
    [one] Le communiqué le plus récent{ $reasons } :
   *[other] Les { $count } communiqués les plus récents{ $reasons } :
  }
releases-oldest = { $count ->
    [one] Le communiqué le plus ancien{ $reasons } :
   *[other] Les { $count } communiqués les plus anciens{ $reasons } :
  }
# Il n’y en a aucun ($count est 0) ; suivent les plus récents.
releases-none = Il n’y a aucun communiqué{ $reasons }. Les plus récents :
releases-none-undated = Aucun communiqué{ $reasons } n’indique sa date :
releases-of-day = {" "}du { $date }
releases-of-list = {" "}de ceux-ci
releases-of-month = {" "}de { $date }
releases-of-year = {" "}de { $date }
releases-since = {" "}depuis le { $from }
releases-until = {" "}jusqu’au { $until }
releases-between = {" "}du { $from } au { $until }
releases-of-period = {" "}{ $period ->
    [this-day] d’aujourd’hui
    [last-day] d’hier
    [this-week] de cette semaine
    [last-week] de la semaine dernière
    [this-month] de ce mois
    [last-month] du mois dernier
    [this-year] de cette année
   *[last-year] de l’année dernière
  }
releases-in-language = {" "}en { $language ->
    [de] allemand
    [en] anglais
    [es] espagnol
    [fr] français
    [it] italien
    [pt] portugais
   *[other] cette langue
  }
releases-with-topic = {" "}{ $count ->
    [0] qui mentionne { $words }
    [one] qui mentionne { $words }
   *[other] qui mentionnent { $words }
  }
releases-with-words = mentionne { $words }
releases-near-topic = {" "}de sens proche de { $words }
releases-undated = { $count ->
    [one] Un communiqué n’indique pas sa date ; il { $order ->
        [newest] peut être plus récent.
        [oldest] peut être plus ancien.
       *[none] peut aussi être de cette date.
      }
   *[other] { $count } communiqués n’indiquent pas leur date ; ils { $order ->
        [newest] peuvent être plus récents.
        [oldest] peuvent être plus anciens.
       *[none] peuvent aussi être de cette date.
      }
  }
page = Page { $page } sur { $pages }
date-unknown = date non indiquée
release-unknown = Aucun communiqué ne s’appelle « { $id } ».
whole-release = Communiqué entier
next-page = Suite ›
previous-page = ‹ Retour
ask-in-private = Demander en discussion privée
old-button = Ce bouton n’est plus valable. Veuillez poser votre question de nouveau.
all-releases = Tous les communiqués
all-contacts = Qui contacter
whats-new = Quoi de neuf
more-passages = Autres passages
contacts = Contacts
copy = Copier { $text }
# Said of a version of a release in this language.
in-this-language = En français
in-another-language = Autre langue

# --- langue ---
language-now = Je réponds en français, sauf si vous posez une question dans une autre langue.
language-choose = Choisissez la langue de mes réponses :
language-unknown = Je ne parle pas « { $code } ». Choisissez l’une de ces langues :

# --- quand quelque chose ne va pas ---
unknown-command = Je ne connais pas la commande { $command }.
failed = Une erreur s’est produite de mon côté et votre question est restée sans réponse. Veuillez la poser à nouveau.
busy = Une question à la fois, s’il vous plaît. Ce que vous avez envoyé est conservé et recevra une réponse à son tour ; merci de patienter un instant.

# --- dates ---
date-day = { date-day-of-month } { $year }
date-day-of-month = { $day ->
    [1] 1er
   *[other] { $day }
  } { month-name }
date-month = { month-name } { $year }
month-name = { $month ->
    [m1] janvier
    [m2] février
    [m3] mars
    [m4] avril
    [m5] mai
    [m6] juin
    [m7] juillet
    [m8] août
    [m9] septembre
    [m10] octobre
    [m11] novembre
   *[m12] décembre
  }

# --- terminal ---
console-welcome = Posez vos questions sur les communiqués ; une ligne vide ou Ctrl-D termine. /help montre les commandes.

# --- ce qu’on écrit au lieu d’une commande : une virgule entre deux façons de le dire ; casse, accents et signes ne comptent pas ---
typed-contacts = je veux parler à une personne, je voudrais parler à une personne, je voudrais parler à quelqu'un, je veux parler à quelqu'un, puis-je parler à une personne, puis-je parler à quelqu'un, parler à un humain, parler à une personne
typed-releases = communiqués, les communiqués, dernier communiqué, le dernier communiqué, derniers communiqués, les derniers communiqués, actualités, nouvelles, quoi de neuf, quoi de nouveau, communiqués de presse, tous les communiqués, liste des communiqués, quels communiqués avez-vous, montrez-moi les communiqués
# D’autres noms des commandes : /chercher pour /search.
typed-command-contacts = presse, téléphone, appeler
typed-command-help = aide, aidez_moi, commandes
typed-command-language = langue, langues, français
typed-command-more = plus, suivant, autre, autres
typed-command-privacy = confidentialité, données, vie_privée
typed-command-release = communiqué, lire, ouvrir, voir
typed-command-releases = communiqués, nouvelles, nouveautés, derniers, dernier, récents, liste, tous, actualités
typed-command-reset = arrêter, annuler, effacer, oublier, quitter, terminer
typed-command-search = chercher, cherche, recherche, rechercher, demander, question
typed-command-start = commencer, démarrer, début, bonjour, salut
# Mots qui mènent au sujet d’une question.
typed-about = sur, au sujet de, à propos de, concernant, pour, de, du, des
# Mots qui demandent un numéro de téléphone ou une adresse électronique, dans une question sur un contact ou seuls : « et le numéro ? »
typed-phone = téléphone, téléphones, tél, numéro, portable, mobile, whatsapp
typed-email = courriel, courriels, email, e mail, mail, mél, adresse électronique
# Ce qui peut se trouver avant ou après.
typed-courtesy = bonjour, bonsoir, salut, coucou, bonne journée, bonne soirée, s'il vous plaît, s'il te plaît, svp, stp, alors, ok, d'accord, excusez-moi, pardon, monsieur, madame, cher, chère
# Ces mots dans cet ordre, avec d’autres entre eux, demandent de quand date un communiqué.
typed-release-date = de quand est le communiqué, de quand est ce communiqué, de quand date le communiqué, de quand date ce communiqué, de quand date-t-il, quand communiqué publié, quand publié pour la première fois, quand a été publié communiqué, quand est paru communiqué, quand est sorti communiqué, quand l'avez-vous publié, quand avez-vous publié, date du communiqué, date de ce communiqué, date de publication, date de parution, quelle est la date communiqué
# Mots qui demandent en entier le communiqué dont on parle, mots de demande, mots de doute et noms du communiqué : un texte fait
# seulement de ceux-ci et de petits mots parle de lui.
typed-whole = complet, complète, entier, entière, intégral, intégrale, en entier, tout le, toute la, le reste
typed-send = envoie, envoyez, envoyer, montre, montrez, montrer, donne, donnez, voir, lire, veux, voudrais, ouvrir, partager, télécharger, peux, pouvez
typed-doubt = vrai, vraie, faux, fausse, mensonge, fiable, vérifié, confirmé, exact, sûr
typed-release = communiqué, communiqué de presse, texte, article, information, info, nouvelle, réponse, document, message, page, version, chose
