# Every sentence the bot says in English. A new language is a new file here with the same keys.
# $organisation and $short come from the settings; what stands in quotation marks or quotations comes from the releases.

language-name = English
# What languages are called, here and in languages without a file: the code, then the name; a comma between two.
language-names = en English, es Spanish, es Castilian, fr French, pt Portuguese, en Englisch, es Spanisch, fr Französisch, pt Portugiesisch, en inglese, es spagnolo, fr francese, pt portoghese, en anglès, es espanyol, es castellà, fr francès, pt portuguès, en Engels, es Spaans, fr Frans, pt Portugees, en angielski, es hiszpański, fr francuski, pt portugalski, en английский, es испанский, fr французский, pt португальский, en الإنجليزية, es الإسبانية, fr الفرنسية, pt البرتغالية, en 英语, es 西班牙语, fr 法语, pt 葡萄牙语, en anglè, es panyòl, fr franse, pt pòtigè

# --- who it is ---
profile-name = { $short } press releases (unofficial)
profile-description =
    Ask about the press releases of { $short } in your own words: the answer is quoted word for word, with whom to contact.

    Not the { $organisation }, no emergency service.
profile-short = Quotes the public press releases of { $short } word for word. Not the organisation, no emergency service.

start =
    Hello. I answer questions about the press releases of { $short } with their own words, and say whom to contact.
start-what =
    I am a bot, not { $short } and no emergency service: in danger, call the emergency number of the country you are in.
what-it-is =
    I quote public press releases. I am not the { $organisation } and I do not speak for it. I am no emergency service: in danger, call the emergency number of the country you are in.
help =
    Ask in your own words about anything in the releases, or whom to contact about it. I answer with their sentences, word for word; where they hold no answer, I say so.
help-commands =
    You can also use:
help-groups =
    In a group I answer /search, commands that name me, replies to my messages and messages that mention me. I answer nothing else.
# Said once in a group that the bot has joined.
joined-group =
    Hello, I quote the press releases of { $short }: ask me with /search and your words, by mentioning me, or in reply to a message of mine.
privacy-heading = What is kept about you
privacy =
    Your question is stored until it is answered, normally for seconds and at most for a day, and then deleted. What stays is, for you in this chat, the language you chose and, for a day, a number that tells whether you changed your question, which message answered which, as numbers, and which releases it showed. What the conversation is about, your last question too, is remembered for a short while; /reset forgets it. Logs hold no question, no name and no chat number.
privacy-kept =
    If the releases hold no answer to your question, or you mark an answer as no help by a button or a reaction, the words of the question are kept with the date and what was answered, so that the releases can be improved: without your name, your number, this chat and the time. So write nothing personal in a question.
privacy-telegram =
    Telegram itself keeps the messages of this chat as of any other.

menu-search = Search the releases for the words behind it
menu-releases = List the releases, all or those about the words behind it
menu-release = Show the release named behind it, word for word
menu-contacts = Whom to contact, about the words behind it or all
menu-language = Language of the replies
menu-reset = Forget what we talked about
menu-help = How to ask
menu-privacy = What this is and what is kept
menu-start = Start again

# --- answers ---
not-found = The releases hold no answer to that.
not-found-missing = The releases hold no answer to that. I found nothing in them about { $words }.
not-found-unmet = The releases hold no answer to that. I found no passage on it that mentions { $words }.
not-found-also = The releases hold no answer to { $question }.
quoted-word = “{ $word }”
nearest = Nearest by topic, though not an answer:
ask-the-desk = You can ask the press desk:
quoted-from = { $language ->
    [de] Quoted in German, as published.
    [en] Quoted in English, as published.
    [es] Quoted in Spanish, as published.
    [fr] Quoted in French, as published.
    [it] Quoted in Italian, as published.
    [pt] Quoted in Portuguese, as published.
   *[other] Quoted in the language of publication.
}
unclear = I did not see a question in that. Write what you want to know about the releases of { $short }.
not-text = I can only read text. Write your question in words.
reset = Gladly: we start afresh. What do you want to know?
search-empty = Write what to look for behind the command, or reply with it to the message that asks.
# Before a search as an example.
search-example = For example:
no-releases = There is no release yet.
no-emergency-service = I am no emergency service. If somebody is in danger, call the emergency number of the country you are in.
help-lines = You can call:
talk-goodbye = Goodbye. Write again whenever you like.
talk-small-talk = I am only a bot and no good at chatting, but I know the press releases of { $short }: ask me about them whenever you like.
talk-identity = I am a bot: a program, not a person.
talk-complaint = I am sorry that this was no help. Please ask again in other words, perhaps with a name, a place or a year.
talk-complaint-more = I am sorry that this was no help. Perhaps this passage, or the contact below it:
talk-complaint-desk = I am sorry that this was no help. Ask again in other words, or ask the contact of the release:
talk-doubt = I quote what { $short } published, word for word; I cannot check it. The release, and whom to ask:
talk-doubt-none = I quote what { $short } published, word for word; I cannot check it. Whoever signs a release can tell you more.
talk-language = I reply in English. A quotation stays in the language it was published in.
talk-language-version = This release in English:
talk-language-none = This release was not published in English; whom to ask:
talk-abuse = I am sorry that you are annoyed. Tell me what you want to know about the press releases, and I look for it.
talk-instruction = That is something I do not do: I only quote the press releases of { $short }. Ask me about them.
thanks = You are welcome. Ask again whenever you like.
feedback-thanks = Thank you.

# --- contacts ---
label-contact = Contact
contacts-all = Whom to contact, and about which releases:
# Of two or more.
contacts-more = and { $count } more releases
contacts-narrow = Put a name or a topic behind /contacts to see whom it is about.
contacts-nobody = The releases name nobody to contact.
contacts-none = This release names nobody to contact.
contact-no-phone = { $releases ->
    [one] The release gives no telephone number for { $name }.
   *[other] The releases give no telephone number for { $name }.
  }
contact-no-way = The releases give no contact for { $name }.
# Whom to ask about somebody or something of whom the releases give no number or address.
ask-desk-of-release = The press desk of a release that names it:
contact-no-email = { $releases ->
    [one] The release gives no e-mail address for { $name }.
   *[other] The releases give no e-mail address for { $name }.
  }

# --- releases ---
release-dated = This release is dated { $date }:
release-undated = The page of this release does not state its date:
releases-heading = { $count ->
    [one] The release:
   *[other] The { $count } releases, newest first{ $undated ->
        [0] :
       *[other] , those without a date last:
    }
  }
# Of $count releases, with what they have in common: “2 releases of March 2019 that mention “health”:”
releases-found = { $count ->
    [one] One release{ $reasons }:
   *[other] { $count } releases{ $reasons }:
  }
releases-newest = { $count ->
    [one] The newest release{ $reasons }:
   *[other] The { $count } newest releases{ $reasons }:
  }
releases-oldest = { $count ->
    [one] The oldest release{ $reasons }:
   *[other] The { $count } oldest releases{ $reasons }:
  }
# There is none ($count is 0); below it stand the newest ones.
releases-none = There is no release{ $reasons }. The newest ones:
releases-none-undated = No release{ $reasons } states its date:
releases-of-day = {" "}of { $date }
releases-of-list = {" "}of these
releases-of-month = {" "}from { $date }
releases-of-year = {" "}from { $date }
releases-since = {" "}since { $from }
releases-until = {" "}up to { $until }
releases-between = {" "}from { $from } to { $until }
releases-of-period = {" "}{ $period ->
    [this-day] of today
    [last-day] of yesterday
    [this-week] from this week
    [last-week] from last week
    [this-month] from this month
    [last-month] from last month
    [this-year] from this year
   *[last-year] from last year
  }
releases-in-language = {" "}in { $language ->
    [de] German
    [en] English
    [es] Spanish
    [fr] French
    [it] Italian
    [pt] Portuguese
   *[other] that language
  }
releases-with-topic = {" "}{ $count ->
    [0] that mentions { $words }
    [one] that mentions { $words }
   *[other] that mention { $words }
  }
releases-with-words = mentions { $words }
releases-near-topic = {" "}close in meaning to { $words }
releases-undated = { $count ->
    [one] One release states no date; it { $order ->
        [newest] may be newer.
        [oldest] may be older.
       *[none] may be from then too.
      }
   *[other] { $count } releases state no date; they { $order ->
        [newest] may be newer.
        [oldest] may be older.
       *[none] may be from then too.
      }
  }
page = Page { $page } of { $pages }
date-unknown = date not stated
release-unknown = There is no release called “{ $id }”.
whole-release = Whole release
next-page = Next ›
previous-page = ‹ Back
# On the button that leads from the results while somebody types to the bot.
ask-in-private = Ask in the private chat
old-button = This button is out of date. Please ask again.
all-releases = All releases
all-contacts = Whom to contact
whats-new = What is new
more-passages = More passages
contacts = Contacts
copy = Copy { $text }
# Said of a version of a release in this language.
in-this-language = In English
in-another-language = Other language

# --- language ---
language-now = I reply in English, unless you ask in another language.
language-choose = Choose the language of my replies:
language-unknown = I do not speak “{ $code }”. Choose one of these:

# --- when something goes wrong ---
unknown-command = I do not know the command { $command }.
failed = Something went wrong on my side and your question was not answered. Please ask again.
busy = One at a time, please. What you sent is kept and answered in turn; please wait a moment.

# --- dates ---
date-day = { date-day-of-month } { $year }
date-day-of-month = { $day } { month-name }
date-month = { month-name } { $year }
month-name = { $month ->
    [m1] January
    [m2] February
    [m3] March
    [m4] April
    [m5] May
    [m6] June
    [m7] July
    [m8] August
    [m9] September
    [m10] October
    [m11] November
   *[m12] December
  }

# --- terminal ---
console-welcome = Ask about the releases; an empty line or Ctrl-D ends. /help shows the commands.

# --- what people type instead of a command: a comma between two ways to say it; case, accents and marks do not matter ---
typed-contacts = i want to talk to a person, can i talk to a person, can i talk to a human, can i talk to someone, can i speak to someone, talk to a human, speak to a person
typed-releases = releases, latest release, the latest release, last release, newest release, latest releases, latest news, news, what is new, what's new, any news, press releases, all releases, list of releases, list the releases, show me the releases, show all releases, what releases do you have, which releases do you have
# Other names of the commands: /find for /search.
typed-command-contacts = press, phone, phones, people, call
typed-command-help = commands, menu, info, faq, h
typed-command-language = lang, languages, english, translate
typed-command-more = next, another, others
typed-command-privacy = data, policy, terms, gdpr
typed-command-release = open, read, show, full
typed-command-releases = latest, news, new, last, newest, recent, list, all, archive
typed-command-reset = stop, cancel, clear, forget, new_chat, quit, exit, end, restart
typed-command-search = find, ask, query, question, s, lookup
typed-command-start = begin, hello, hi
# Words that lead over to what a question is about.
typed-about = about, regarding, concerning, on, for, of
# Words that ask for a telephone number or for an e-mail address, in a question for a contact or alone: "and the number?"
typed-phone = phone, phones, telephone, telephones, number, cell, cellphone, mobile, whatsapp
typed-email = email, emails, e mail, e mails, mail
# What may stand before or behind these.
typed-courtesy = hi, hello, hey, good morning, good afternoon, good evening, please, so, ok, there, mate, bro, sir, madam, folks, dear
# The words in this order, with any others between them, ask when a release is from.
typed-release-date = when release published, when release first published, when release originally published, when exactly release published, when was it first published, when was this first published, when was it originally published, when was this originally published, when exactly was it published, when exactly was this published, when release issued, when release come out, when release came out, when was it published, when was this published, when did you publish it, when did you publish this, when is release from, when is release dated, date of release, date of the release, release date, publication date, date of publication, how old is release
# Words by which the release in hand is asked for whole, words of asking for it, words of doubt, and words for the release itself: a text of these
# and of small words alone is about the release in hand.
typed-whole = full, whole, complete, entire, in full, all of it, the rest
typed-send = send, show, give, read, see, get, paste, post, open, want, need, like, share, view, have, download
typed-doubt = true, real, really true, fake, false, reliable, accurate, verified, confirmed, trustworthy, legit, a lie, made up, fact checked, sure, sure about, trust
typed-release = release, press release, statement, text, article, info, information, news, answer, document, message, it, thing, page, version
