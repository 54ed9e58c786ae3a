//! Lists of words and of phrases that a language file may hold, each with its place in the file.

/// A list of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Words that carry no topic in a text of any language: articles, prepositions, question words, courtesies.
    Function,
    /// Words that carry none in this language, but do in another, or stand in names.
    FunctionHere,
    /// Function words that are names when written in capitals.
    Acronyms,
    /// Endings that make a possessive.
    Possessives,
    /// Shortened words joined to the next by an apostrophe.
    Elisions,
    /// First words of names that people use in any language, written with capitals.
    LeadingArticles,
    /// Titles and positions of people, which are no part of their names.
    Roles,
    /// Kinds of bodies, written small beside their names: “the X foundation”.
    Bodies,
    /// Words between a position and its field.
    RoleOf,
    /// Groups of people and their deeds at events, beside which somebody is named.
    Attendance,
    /// Words that join the parts of a name.
    Particles,
    /// Articles and titles, which may stand between a preposition and a name.
    Articles,
    /// Prepositions before one who does something.
    By,
    /// Prepositions before one who takes part in something.
    With,
    /// Prepositions before a place.
    In,
    /// Prepositions before a place where somebody goes or comes from, and before much else.
    Towards,
    /// First words of many places.
    PlaceArticles,
    /// Words of places that the list of places does not have by themselves.
    PlaceWords,
    /// Days that are named from the day of the release.
    Days,
    /// Periods of time, which tell of a date.
    Periods,
    /// Words behind a length of time that say which one: “semana pasada”.
    BehindPeriods,
    /// Words between a day, its month and its year.
    DateJoiners,
    /// Prepositions before a date.
    DateBefore,
    /// Words before the first day of a range.
    RangeSince,
    /// Words before the last day that a range begins behind.
    RangeAfter,
    /// Words before the first day that a range ends before.
    RangeBefore,
    /// Words before the last day of a range.
    RangeUntil,
    /// Words before the first of two dates that a range lies between.
    RangeBetween,
    /// Words between the first and the last date of a range.
    RangeTo,
    /// Words between the first and the last hour of a range.
    HourJoiners,
    /// Words behind a range of hours.
    HourUnits,
    /// Words that count something, besides numbers: dozens.
    Numbers,
    /// Words between two parts of a number in words.
    NumberJoiners,
    /// Words before a short number that people may call: “dial 155”.
    BeforeShortNumber,
    /// Endings of ordinals in digits.
    OrdinalEndings,
    /// Words of payments and of those who make them.
    Money,
    /// Beginnings of such words.
    MoneyStems,
    /// Words for currencies.
    Currencies,
    /// Words of reasons.
    Reasons,
    /// Words before a noun that ask for one of its kind.
    Which,
    /// Words that ask for a person or an organisation; one with an accent does so anywhere, another where it begins a clause.
    Who,
    /// Words before one of these that leave it a question.
    BeforeWho,
    /// Words that a question begins with behind another one, as they are written: “when”, “cuánto”.
    Asking,
    /// Words beside which “how much” asks for an amount of money, besides those of money.
    Costing,
    /// Words for the press, whose desk is asked for and no number in the text of a release.
    Press,
    /// Words that only say what is wanted of a contact and name no topic.
    ContactFillers,
    /// Words of a question for a contact that make what they stand beside the topic of a release, not the one to be reached.
    ContactTopics,
    /// Words of questions for the words behind an acronym, which name no topic.
    AcronymFillers,
    /// Words that turn what stands beside them into its opposite: “not”.
    Negations,
    /// Words that a question begins with when it goes on from the one before.
    GoingOn,
    /// Words that point back at what was talked about.
    PointingBack,
    /// Words of questions about the releases themselves that name no topic.
    ReleaseFillers,
    /// Words that go on behind the name of the releases at the beginning of a text: “releases about”.
    BehindReleases,
    /// Words for what becomes of a release: published, issued.
    Publishing,
    /// Words for a page of a list.
    Pages,
    /// Words for the next page: “next”, “more”.
    NextPage,
    /// Words for the page before: “previous”, “back”.
    PreviousPage,
}

impl List {
    /// The lists with their keys in a language file.
    pub(super) const KEYS: [(Self, &str); 57] = [
        (Self::Function, "function_words.everywhere"),
        (Self::FunctionHere, "function_words.here"),
        (Self::Acronyms, "function_words.acronyms"),
        (Self::Possessives, "affixes.possessives"),
        (Self::Elisions, "affixes.elisions"),
        (Self::LeadingArticles, "names.leading_articles"),
        (Self::Roles, "names.roles"),
        (Self::Bodies, "names.bodies"),
        (Self::RoleOf, "names.role_of"),
        (Self::Attendance, "names.attendance"),
        (Self::Particles, "names.particles"),
        (Self::Articles, "names.articles"),
        (Self::By, "names.by"),
        (Self::With, "names.with"),
        (Self::In, "names.in"),
        (Self::Towards, "names.towards"),
        (Self::PlaceArticles, "names.place_articles"),
        (Self::PlaceWords, "names.place_words"),
        (Self::Days, "dates.days"),
        (Self::Periods, "dates.periods"),
        (Self::BehindPeriods, "dates.behind_periods"),
        (Self::DateJoiners, "dates.joiners"),
        (Self::DateBefore, "dates.before"),
        (Self::RangeSince, "dates.ranges.since"),
        (Self::RangeAfter, "dates.ranges.after"),
        (Self::RangeBefore, "dates.ranges.before"),
        (Self::RangeUntil, "dates.ranges.until"),
        (Self::RangeBetween, "dates.ranges.between"),
        (Self::RangeTo, "dates.ranges.to"),
        (Self::HourJoiners, "hours.joiners"),
        (Self::HourUnits, "hours.units"),
        (Self::Numbers, "numbers.counting"),
        (Self::NumberJoiners, "numbers.joiners"),
        (Self::BeforeShortNumber, "numbers.called"),
        (Self::OrdinalEndings, "numbers.ordinal_endings"),
        (Self::Money, "money.words"),
        (Self::MoneyStems, "money.stems"),
        (Self::Currencies, "money.currencies"),
        (Self::Reasons, "reasons.words"),
        (Self::Which, "questions.which"),
        (Self::Who, "questions.who"),
        (Self::BeforeWho, "questions.before_who"),
        (Self::Asking, "questions.asking"),
        (Self::Costing, "questions.costing"),
        (Self::Press, "questions.press"),
        (Self::ContactFillers, "questions.contact_fillers"),
        (Self::ContactTopics, "questions.contact_topics"),
        (Self::AcronymFillers, "questions.acronym_fillers"),
        (Self::Negations, "questions.negations"),
        (Self::GoingOn, "follow_ups.going_on"),
        (Self::PointingBack, "follow_ups.pointing_back"),
        (Self::ReleaseFillers, "releases.fillers"),
        (Self::BehindReleases, "releases.behind"),
        (Self::Publishing, "releases.publishing"),
        (Self::Pages, "releases.pages"),
        (Self::NextPage, "releases.next_page"),
        (Self::PreviousPage, "releases.previous_page"),
    ];
}

/// A list of phrases, in the notation of [`Phrase`](super::phrases::Phrase).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PhraseList {
    /// Questions for a person or an organisation, besides those with a word of [`List::Who`].
    AskWho,
    /// Questions for a number.
    AskHowMany,
    /// Questions for a date.
    AskWhen,
    /// Questions for a place.
    AskPlace,
    /// Questions for a reason.
    AskWhy,
    /// Questions for the words behind an acronym.
    AskAcronym,
    /// Questions for somebody to call or write to.
    AskContact,
    /// Questions for an amount of money.
    AskAmount,
    /// Questions for a time of day.
    AskHour,
    /// Questions for an age.
    AskAge,
    /// Questions for a name, before what bears it.
    AskName,
    /// Questions for a quantity, which is an amount beside words of money.
    HowMuch,
    /// Questions for a count, before what is counted; beside a currency it is an amount.
    HowMany,
    /// Questions for the topic itself; their last word names none.
    AskTopic,
    /// Words behind a number that make it a time of day.
    Hours,
    /// Words before a number that make it a time of day, if it is one of 24 and counts nothing.
    BeforeHour,
    /// Words that nothing is to be paid.
    Free,
    /// Words that tell of an age.
    Ages,
    /// Names that people use in any language, however they are written.
    Names,
    /// Words for what is the person’s own, which ask for no contact: “my phone”.
    Own,
    /// Beginnings of a clause in which people tell of themselves: “I'm”.
    Introductions,
    /// Beginnings of a text that says what changes in the question before it: “what about”.
    Changing,
    /// Words for the year before the one that was asked about.
    YearBefore,
    /// Words for the year after it.
    YearAfter,
    /// Names of a release.
    OneRelease,
    /// Names of several releases.
    Releases,
    /// Those of them that also say what happened: “news”.
    News,
    /// Beginnings of a question for releases, up to their name.
    AskReleases,
    /// Beginnings of a question for a release that is not known yet: “is there a”.
    AskOneRelease,
    /// Beginnings of a question for releases that do not name them: “do you have anything from”.
    AskAnything,
    /// Words for the newest releases.
    Newest,
    /// Words for the oldest releases.
    Oldest,
    /// Beginnings of remarks for the press that were copied with a release: “embargoed until”.
    Remarks,
    /// Lines that end a text for the press: “ends”.
    EndMarks,
    /// Words for today.
    Today,
    /// Words for yesterday.
    Yesterday,
    /// Words for the week that today is in.
    ThisWeek,
    /// Words for the week before.
    LastWeek,
    /// Words for the month that today is in.
    ThisMonth,
    /// Words for the month before.
    LastMonth,
    /// Words for the year that today is in.
    ThisYear,
    /// Words for the year before.
    LastYear,
}

impl PhraseList {
    /// The lists with their keys in a language file.
    pub(super) const KEYS: [(Self, &str); 42] = [
        (Self::AskWho, "questions.phrases.who"),
        (Self::AskHowMany, "questions.phrases.how_many"),
        (Self::AskWhen, "questions.phrases.when"),
        (Self::AskPlace, "questions.phrases.place"),
        (Self::AskWhy, "questions.phrases.why"),
        (Self::AskAcronym, "questions.phrases.acronym"),
        (Self::AskContact, "questions.phrases.contact"),
        (Self::AskAmount, "questions.phrases.amount"),
        (Self::AskHour, "questions.phrases.hour"),
        (Self::AskAge, "questions.phrases.age"),
        (Self::AskName, "questions.phrases.name"),
        (Self::HowMuch, "questions.how_much"),
        (Self::HowMany, "questions.how_many"),
        (Self::AskTopic, "questions.topic"),
        (Self::Hours, "hours.behind_number"),
        (Self::BeforeHour, "hours.before_number"),
        (Self::Free, "money.free"),
        (Self::Ages, "ages.phrases"),
        (Self::Names, "names.everywhere"),
        (Self::Own, "questions.own"),
        (Self::Introductions, "questions.introductions"),
        (Self::Changing, "follow_ups.changing"),
        (Self::YearBefore, "follow_ups.year_before"),
        (Self::YearAfter, "follow_ups.year_after"),
        (Self::OneRelease, "releases.one"),
        (Self::Releases, "releases.several"),
        (Self::News, "releases.news"),
        (Self::AskReleases, "releases.ask"),
        (Self::AskOneRelease, "releases.ask_one"),
        (Self::AskAnything, "releases.ask_anything"),
        (Self::Newest, "releases.newest"),
        (Self::Oldest, "releases.oldest"),
        (Self::Remarks, "releases.remarks"),
        (Self::EndMarks, "releases.end_marks"),
        (Self::Today, "dates.from_today.today"),
        (Self::Yesterday, "dates.from_today.yesterday"),
        (Self::ThisWeek, "dates.from_today.this_week"),
        (Self::LastWeek, "dates.from_today.last_week"),
        (Self::ThisMonth, "dates.from_today.this_month"),
        (Self::LastMonth, "dates.from_today.last_month"),
        (Self::ThisYear, "dates.from_today.this_year"),
        (Self::LastYear, "dates.from_today.last_year"),
    ];
}
