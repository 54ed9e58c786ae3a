# Todas las frases que dice el bot en español. Las claves son las mismas que en en.ftl.

language-name = Español
# Cómo se llaman los idiomas: el código y luego el nombre; una coma entre dos.
language-names = en inglés, es español, es castellano, fr francés, pt portugués

# --- quién es ---
profile-name = Comunicados de { $short } (no oficial)
profile-description =
    Pregunte con sus palabras sobre los comunicados de prensa de { $short }: la respuesta se cita al pie de la letra, con la persona de contacto.

    No es la { $organisation } ni un servicio de emergencia.
profile-short = Cita al pie de la letra los comunicados públicos de { $short }. No es la organización ni un servicio de emergencia.

start =
    Hola. Respondo preguntas sobre los comunicados de prensa de { $short } con sus propias palabras, y digo a quién contactar.
start-what =
    Soy un bot, no { $short } ni un servicio de emergencia: si hay peligro, llame al número de emergencias del país donde está.
what-it-is =
    Cito comunicados de prensa públicos. No soy la { $organisation } ni hablo en su nombre. No soy un servicio de emergencia: si hay peligro, llame al número de emergencias del país donde está.
help =
    Pregunte con sus palabras sobre lo que dicen los comunicados, o a quién contactar. Respondo con sus frases, al pie de la letra; si no tienen la respuesta, se lo digo.
help-commands =
    También puede usar:
help-groups =
    En un grupo respondo a /search, a los comandos que me nombran, a las respuestas a mis mensajes y a los mensajes que me mencionan. A nada más.
# Said once in a group that the bot has joined.
joined-group =
    Hola, cito los comunicados de prensa de { $short }: pregúnteme con /search y sus palabras, mencionándome o respondiendo a un mensaje mío.
privacy-heading = Qué se guarda de usted
privacy =
    Su pregunta se guarda hasta que se responde, normalmente unos segundos y como máximo un día, y luego se borra. Lo que queda es, para usted en este chat, el idioma que eligió y, durante un día, un número que indica si usted cambió su pregunta, qué mensaje respondió a cuál, en números, y qué comunicados mostró. De qué trata la conversación, con su última pregunta, se recuerda un rato; /reset lo olvida. Los registros no contienen preguntas, nombres ni números de chat.
privacy-kept =
    Si los comunicados no responden a su pregunta, o si usted marca con un botón o una reacción que una respuesta no le sirvió, se guardan las palabras de la pregunta con la fecha y lo que se respondió, para mejorar los comunicados: sin su nombre, su número, este chat ni la hora. Por eso, no escriba nada personal en una pregunta.
privacy-telegram =
    Telegram guarda los mensajes de este chat como los de cualquier otro.

menu-search = Buscar en los comunicados las palabras que siguen
menu-releases = Ver los comunicados, todos o los de un tema o fecha
menu-release = Ver completo el comunicado que se nombra
menu-contacts = A quién contactar, sobre un tema o sobre todos
menu-language = Idioma de las respuestas
menu-reset = Olvidar de qué hablábamos
menu-help = Cómo preguntar
menu-privacy = Qué es esto y qué se guarda
menu-start = Empezar de nuevo

# --- respuestas ---
not-found = Los comunicados no tienen la respuesta.
not-found-missing = Los comunicados no tienen la respuesta. No encontré en ellos nada sobre { $words }.
not-found-unmet = Los comunicados no tienen la respuesta. No encontré ningún pasaje sobre eso que mencione { $words }.
not-found-also = Los comunicados no responden a { $question }.
quoted-word = «{ $word }»
nearest = Lo más cercano por tema, aunque no es una respuesta:
ask-the-desk = Puede preguntar en la oficina de prensa:
quoted-from = { $language ->
    [de] Cita en alemán, tal como se publicó.
    [en] Cita en inglés, tal como se publicó.
    [es] Cita en español, tal como se publicó.
    [fr] Cita en francés, tal como se publicó.
    [it] Cita en italiano, tal como se publicó.
    [pt] Cita en portugués, tal como se publicó.
   *[other] Cita en el idioma en que se publicó.
}
unclear = No encontré una pregunta en su mensaje. Escriba qué quiere saber de los comunicados de { $short }.
not-text = Solo puedo leer texto. Escriba su pregunta con palabras.
reset = Con gusto: empezamos de nuevo. ¿Qué quiere saber?
search-empty = Escriba después del comando qué buscar, o responda con él al mensaje que pregunta.
# Before a search as an example.
search-example = Por ejemplo:
no-releases = Todavía no hay comunicados.
no-emergency-service = No soy un servicio de emergencia. Si alguien está en peligro, llame al número de emergencias del país donde está.
help-lines = Puede llamar a:
talk-goodbye = Hasta pronto. Escriba de nuevo cuando quiera.
talk-small-talk = Solo soy un bot y no sirvo para conversar, pero conozco los comunicados de { $short }: pregúnteme sobre ellos cuando quiera.
talk-identity = Soy un bot: un programa, no una persona.
talk-complaint = Siento no haberle servido. Pregunte de nuevo con otras palabras, quizá con un nombre, un lugar o un año.
talk-complaint-more = Siento no haberle servido. Quizá este otro pasaje, o el contacto que va debajo:
talk-complaint-desk = Siento no haberle servido. Pregunte con otras palabras, o al contacto del comunicado:
talk-doubt = Cito lo que publicó { $short }, al pie de la letra; no puedo comprobarlo. El comunicado y a quién preguntar:
talk-doubt-none = Cito lo que publicó { $short }, al pie de la letra; no puedo comprobarlo. Quien firma un comunicado puede decirle más.
talk-language = Respondo en español. La cita queda en el idioma en que se publicó.
talk-language-version = Este comunicado en español:
talk-language-none = Este comunicado no se publicó en español; a quién preguntar:
talk-abuse = Siento que esté molesto. Dígame qué quiere saber de los comunicados y lo busco.
talk-instruction = Eso no lo hago: solo cito los comunicados de { $short }. Pregúnteme sobre ellos.
thanks = Con gusto. Pregunte de nuevo cuando quiera.
feedback-thanks = Gracias.

# --- contactos ---
label-contact = Contacto
contacts-all = A quién contactar, y sobre qué comunicados:
# De dos o más.
contacts-more = y { $count } comunicados más
contacts-narrow = Escriba un nombre o un tema después de /contacts para ver a quién contactar.
contacts-nobody = Los comunicados no nombran a nadie de contacto.
contacts-none = Este comunicado no nombra a nadie de contacto.
contact-no-phone = { $releases ->
    [one] El comunicado no da un teléfono de { $name }.
   *[other] Los comunicados no dan un teléfono de { $name }.
  }
contact-no-way = Los comunicados no dan ningún contacto de { $name }.
# Whom to ask about somebody or something of whom the releases give no number or address.
ask-desk-of-release = La oficina de prensa de un comunicado que lo nombra:
contact-no-email = { $releases ->
    [one] El comunicado no da un correo electrónico de { $name }.
   *[other] Los comunicados no dan un correo electrónico de { $name }.
  }

# --- comunicados ---
release-dated = Este comunicado tiene fecha del { $date }:
release-undated = La página de este comunicado no dice su fecha:
releases-heading = { $count ->
    [one] El comunicado:
   *[other] Los { $count } comunicados, del más reciente al más antiguo{ $undated ->
        [0] :
       *[other] ; al final, los que no tienen fecha:
    }
  }
# De $count comunicados, con lo que tienen en común: «2 comunicados de marzo de 2019 que mencionan «salud»:»
releases-found = { $count ->
    [one] Un comunicado{ $reasons }:
   *[other] { $count } comunicados{ $reasons }:
  }
releases-newest = { $count ->
    [one] El comunicado más reciente{ $reasons }:
   *[other] Los { $count } comunicados más recientes{ $reasons }:
  }
releases-oldest = { $count ->
    [one] El comunicado más antiguo{ $reasons }:
   *[other] Los { $count } comunicados más antiguos{ $reasons }:
  }
# No hay ninguno ($count es 0); debajo van los más recientes.
releases-none = No hay ningún comunicado{ $reasons }. Los más recientes:
releases-none-undated = Ningún comunicado{ $reasons } dice su fecha:
releases-of-day = {" "}del { $date }
releases-of-list = {" "}de estos
releases-of-month = {" "}de { $date }
releases-of-year = {" "}de { $date }
releases-since = {" "}desde el { $from }
releases-until = {" "}hasta el { $until }
releases-between = {" "}del { $from } al { $until }
releases-of-period = {" "}{ $period ->
    [this-day] de hoy
    [last-day] de ayer
    [this-week] de esta semana
    [last-week] de la semana pasada
    [this-month] de este mes
    [last-month] del mes pasado
    [this-year] de este año
   *[last-year] del año pasado
  }
releases-in-language = {" "}en { $language ->
    [de] alemán
    [en] inglés
    [es] español
    [fr] francés
    [it] italiano
    [pt] portugués
   *[other] ese idioma
  }
releases-with-topic = {" "}{ $count ->
    [0] que mencione { $words }
    [one] que menciona { $words }
   *[other] que mencionan { $words }
  }
releases-with-words = menciona { $words }
releases-near-topic = {" "}de significado cercano a { $words }
releases-undated = { $count ->
    [one] Un comunicado no dice su fecha; { $order ->
        [newest] puede ser más reciente.
        [oldest] puede ser más antiguo.
       *[none] también puede ser de entonces.
      }
   *[other] { $count } comunicados no dicen su fecha; { $order ->
        [newest] pueden ser más recientes.
        [oldest] pueden ser más antiguos.
       *[none] también pueden ser de entonces.
      }
  }
page = Página { $page } de { $pages }
date-unknown = fecha no indicada
release-unknown = No hay ningún comunicado llamado «{ $id }».
whole-release = Comunicado completo
next-page = Siguiente ›
previous-page = ‹ Atrás
ask-in-private = Preguntar en el chat privado
old-button = Este botón ya no es válido. Por favor, pregunte de nuevo.
all-releases = Todos los comunicados
all-contacts = A quién contactar
whats-new = Qué hay de nuevo
more-passages = Más pasajes
contacts = Contactos
copy = Copiar { $text }
# Said of a version of a release in this language.
in-this-language = En español
in-another-language = Otro idioma

# --- idioma ---
language-now = Respondo en español, salvo que pregunte en otro idioma.
language-choose = Elija el idioma de mis respuestas:
language-unknown = No hablo «{ $code }». Elija uno de estos:

# --- cuando algo falla ---
unknown-command = No conozco el comando { $command }.
failed = Algo falló de mi lado y su pregunta quedó sin respuesta. Por favor, pregunte otra vez.
busy = Una por una, por favor. Lo que envió queda guardado y se responderá a su turno; espere un momento.

# --- fechas ---
date-day = { date-day-of-month } de { $year }
date-day-of-month = { $day } de { month-name }
date-month = { month-name } de { $year }
month-name = { $month ->
    [m1] enero
    [m2] febrero
    [m3] marzo
    [m4] abril
    [m5] mayo
    [m6] junio
    [m7] julio
    [m8] agosto
    [m9] septiembre
    [m10] octubre
    [m11] noviembre
   *[m12] diciembre
  }

# --- terminal ---
console-welcome = Pregunte sobre los comunicados; una línea vacía o Ctrl-D termina. /help muestra los comandos.

# --- lo que se escribe en lugar de un comando: una coma entre dos maneras de decirlo; no importan mayúsculas, tildes ni signos ---
typed-contacts = quiero hablar con una persona, quiero hablar con alguien, puedo hablar con una persona, puedo hablar con alguien, necesito hablar con alguien, hablar con una persona
typed-releases = comunicados, último comunicado, el último comunicado, últimos comunicados, los últimos comunicados, novedades, noticias, qué hay de nuevo, comunicados de prensa, todos los comunicados, lista de comunicados, ver comunicados, ver los comunicados, qué comunicados hay, qué comunicados tienes, qué comunicados tienen
# Otros nombres de los comandos: /buscar por /search.
typed-command-contacts = contacto, contactos, prensa, teléfono, teléfonos, llamar
typed-command-help = ayuda, ayúdame, comandos, menú, información
typed-command-language = idioma, idiomas, español
typed-command-more = más, siguiente, otro, otros
typed-command-privacy = privacidad, datos
typed-command-release = comunicado, boletín, nota, leer, abrir, ver
typed-command-releases = comunicados, boletines, notas, noticias, novedades, últimos, último, recientes, lista, todos
typed-command-reset = reiniciar, salir, cancelar, borrar, olvidar, parar, terminar, fin, limpiar
typed-command-search = buscar, busca, búsqueda, preguntar, pregunta, consulta, consultar
typed-command-start = inicio, iniciar, empezar, comenzar, hola
# Palabras tras las que va el tema de una pregunta.
typed-about = sobre, acerca de, respecto a, por, de, del
# Palabras que piden un teléfono o un correo, en una pregunta por un contacto o solas: «¿y el número?»
typed-phone = teléfono, teléfonos, tel, celular, celulares, móvil, cel, número, whatsapp
typed-email = correo, correos, correo electrónico, email, e mail, mail
# Lo que puede ir antes o después.
typed-courtesy = hola, buenas, buenos días, buen día, buenas tardes, buenas noches, por favor, porfa, xfa, disculpe, disculpa, disculpen, oye, oiga, saludos, bicho, maje, bro, compa, amigo, amiga, vos, y, ok
# Estas palabras en este orden, con otras en medio, preguntan de cuándo es un comunicado.
typed-release-date = de cuándo es el comunicado, de cuándo es este comunicado, de cuándo es ese comunicado, de cuándo es eso, cuándo se publicó el comunicado, cuándo se publicó por primera vez, cuándo se publicó comunicado primera vez, cuándo fue publicado comunicado primera vez, cuándo se publicó este, cuándo se publicó esto, cuándo lo publicaron, cuándo publicaron el comunicado, cuándo publicaron esto, cuándo fue publicado el comunicado, cuándo fue publicado esto, cuándo salió el comunicado, fecha del comunicado, fecha de publicación, fecha de ese comunicado, fecha de este comunicado, qué fecha tiene el comunicado
# Palabras con que se pide entero el comunicado del que se habla, palabras con que se pide, palabras de duda y nombres del comunicado: un texto
# solo de estas y de palabras pequeñas es sobre él.
typed-whole = completo, completa, entero, entera, íntegro, íntegra, todo el, toda la, lo demás
typed-send = manda, mandar, mándame, mándeme, envía, enviar, envíame, envíeme, muestra, muéstrame, muéstreme, mostrar, pasa, pásame, páseme, pasar, dame, deme, dar, ver, leer, quiero, quisiera, necesito, puede, puedes, podés, comparte, descargar, abrir
typed-doubt = cierto, cierta, verdad, verdadero, verdadera, real, falso, falsa, mentira, fiable, confiable, seguro, confirmado, verificado, de fiar
typed-release = comunicado, boletín, nota, nota de prensa, texto, artículo, información, info, noticia, respuesta, documento, mensaje, página, versión, cosa
