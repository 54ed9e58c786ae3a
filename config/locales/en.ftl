# Every sentence the bot says in English. A new language is a new file here with the same keys.
# $organisation and $short come from the settings; what stands in quotation marks or quotations comes from the releases.

language-name = English

# --- who it is ---
profile-name = { $short } press releases (unofficial)
profile-description =
    Ask about the press releases of { $short } in your own words. The answer is quoted word for word, with its release and the people to contact.

    This bot quotes public releases. It is not the { $organisation } and no emergency service.
profile-short = Quotes the public press releases of { $short } word for word. Not the organisation, no emergency service.

start =
    Hello. I answer questions about the press releases of the { $organisation }.
start-how =
    Write your question as you would ask a person, in English or Spanish. I answer with the sentences of the releases, word for word, and tell you whom to contact. When the releases hold no answer, I say so.
what-it-is =
    I quote public press releases. I am not the { $organisation } and I do not speak for it. I am no emergency service: in danger, call the emergency number of the country you are in.
help =
    Ask in your own words, for example “who paid for the workshop?” or “phone number about the children’s meeting”.
help-commands =
    You can also use:
help-groups =
    In a group I answer /search, replies to my messages and messages that mention me. I read nothing else.
privacy-heading = What is kept about you
privacy =
    Your question is stored until it is answered, normally for seconds and at most for a day, and then deleted. What stays is, for you in this chat, the language you chose and, for a day, which message answered which, as numbers, and which releases it showed. What the conversation is about is remembered for a short while; /reset forgets it. Logs hold no question, no name and no chat number.
privacy-telegram =
    Telegram itself keeps the messages of this chat as of any other.

menu-search = Search the releases for the words behind it
menu-releases = List all releases
menu-release = Show the release named behind it, word for word
menu-contacts = Whom to contact, about the words behind it or all
menu-language = Language of the replies
menu-reset = Forget what we talked about
menu-help = How to ask
menu-privacy = What this is and what is kept
menu-start = Start again

# --- answers ---
not-found = The releases hold no answer to that.
not-found-missing = The releases hold no answer to that. They do not mention { $words }.
quoted-word = “{ $word }”
nearest = Nearest by topic, though not an answer:
ask-the-desk = You can ask the press desk:
quoted-from-english = The quotation is in English, as published.
quoted-from-spanish = The quotation is in Spanish, as published.
quoted-from-other = The quotation is in the language it was published in.
unclear = I did not see a question in that. Write what you want to know about the releases of { $short }, for example “how many people took part?”
not-text = I can only read text. Write your question in words.
reset = Gladly: we start afresh. What do you want to know?
search-empty = Write what to look for behind the command, for example: /search funding
no-releases = There is no release yet.

# --- contacts ---
label-contact = Contact
label-phone = Phone
label-email = E-mail
contacts-all = Whom to contact, release by release:
contacts-of = Whom to contact about this release:
contacts-none = This release names nobody to contact.

# --- releases ---
releases-heading = { $count ->
    [one] The release:
   *[other] The { $count } releases, newest first, those without a date last:
  }
page = Page { $page } of { $pages }
date-unknown = date not stated
release-unknown = There is no release called “{ $id }”.
whole-release = Whole release
next-page = Next ›
previous-page = ‹ Back
all-releases = All releases
all-contacts = All contacts

# --- language ---
language-now = I reply in English, unless you ask in another language.
language-choose = Choose the language of my replies:
language-unknown = I do not speak “{ $code }”. Choose one of these:

# --- when something goes wrong ---
unknown-command = I do not know the command /{ $command }.
failed = Something went wrong on my side and your question was not answered. Please ask again.
busy = One at a time, please. What you sent is kept and answered in turn; please wait a moment.

# --- dates ---
date-day = { $day } { $month ->
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
  } { $year }
date-month = { $month ->
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
  } { $year }

# --- terminal ---
console-welcome = Ask about the releases; an empty line or Ctrl-D ends. /help shows the commands.
