//! Where in a text an answer may stand: names, places, dates and numbers, by capitals, digits and a few words.

use std::ops::Range;
use std::sync::LazyLock;

use crate::language::is_small_word;
use crate::search::question::answer_type::{Kinds, MONTHS, WordSet, is_in, is_year, set};
use crate::search::question::spelling::WordList;
use crate::text::{Word, fold, words};

/// A name, a place, a date or a number in a text: what answers who, where, when and how many.
#[derive(Debug, Clone)]
pub(in crate::search) struct Figure {
    /// Where it stands, in bytes.
    range: Range<usize>,
    kind: FigureKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FigureKind {
    /// A person or an organisation, perhaps of several words and by whom something is done.
    Name {
        is_long: bool,
        is_doer: bool,
    },
    Place,
    Date,
    /// A number that counts something: no date, no note and no “3rd”.
    Count,
}

/// So many names of a sentence are emphasised; with more, nothing stands out.
const MOST_NAMES: usize = 5;

static COUNTS: WordSet = LazyLock::new(|| {
    set("two three four five six seven eight nine ten hundred thousand million dos tres cuatro cinco seis siete ocho nueve
    diez cien mil millones")
});
static DAYS: WordSet = LazyLock::new(|| set("yesterday today tomorrow ayer hoy"));
/// Words that join the parts of a name.
static PARTICLES: WordSet = LazyLock::new(|| set("of for de del la las los da do dos van der den von"));
/// What people are, which is no part of their names: “Mrs.”, “Deputy Minister”, “IOM’s Chief of Mission”.
static ROLES: WordSet = LazyLock::new(|| {
    set("mr mrs ms dr sr sra dra director directora chief jefe jefa deputy minister ministro ministra ambassador embajador
    embajadora resident representative representatives representante representantes president presidente presidenta
    mission mision interim head secretary secretario secretaria")
});
/// Words between what somebody is and of what.
static ROLE_OF: WordSet = LazyLock::new(|| set("of for to in the de del para en el la ad"));
static DOING: WordSet = LazyLock::new(|| set("by por"));
static PLACING: WordSet = LazyLock::new(|| set("in near en"));
/// The first words of many places, as in La Union and San Salvador.
static PLACE_ARTICLES: WordSet = LazyLock::new(|| set("el la los las san santa santo"));
/// Words of places that the list of places has not by themselves.
static PLACE_WORDS: WordSet =
    LazyLock::new(|| set("costa dominican dominicana republic republica united states estados unidos"));
static ARTICLES: WordSet = LazyLock::new(|| set("the el la los las mrs mr ms dr sr sra dra"));

/// Returns what answers a question in a sentence: of the names those from “by” on, where there is one, and behind a whole name
/// no acronyms and single words any more.
pub(in crate::search) fn answering(
    figures: &[Figure],
    sentence: Range<usize>,
    asked: Kinds,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let within =
        figures.iter().filter(move |figure| sentence.start <= figure.range.start && figure.range.end <= sentence.end);
    let mut names = within.clone();
    let doer = names.find(|figure| matches!(figure.kind, FigureKind::Name { is_doer: true, .. }));
    let names_from = doer.map_or(0, |figure| figure.range.start);
    let mut n_names = 0;
    let mut is_long_met = false;
    let answers = within.filter(move |figure| match figure.kind {
        FigureKind::Name { is_long, .. } => {
            let is_one = (asked.who || asked.money) && figure.range.start >= names_from && (is_long || !is_long_met);
            n_names += usize::from(is_one);
            is_long_met |= is_one && is_long;
            is_one && n_names <= MOST_NAMES
        }
        FigureKind::Place => asked.place,
        FigureKind::Date => asked.when,
        FigureKind::Count => asked.how_many,
    });
    answers.map(|figure| figure.range.clone())
}

/// Returns the figures of a text: first its dates and numbers, then its names and places.
pub(in crate::search) fn figures(text: &str, places: &WordList) -> Vec<Figure> {
    let words: Vec<(Word<'_>, String)> = words(text).map(|word| (word.clone(), fold(word.text))).collect();
    let text = Text { text, words: &words, places };
    let mut figures = text.numbers();
    let mut at = 0;
    while at < words.len() {
        let end = text.end_of_name(at);
        figures.extend(text.name(at..end));
        at = end.max(at + 1);
    }
    figures
}

/// A text with its words, each as it is written and folded.
struct Text<'a> {
    text: &'a str,
    words: &'a [(Word<'a>, String)],
    places: &'a WordList,
}

impl Text<'_> {
    fn numbers(&self) -> Vec<Figure> {
        let mut figures: Vec<Figure> = Vec::new();
        for (at, (word, folded)) in self.words.iter().enumerate() {
            let range = word.range.clone();
            let before = &self.text[..range.start];
            let behind = &self.text[range.end..];
            let is_number = folded.starts_with(|first: char| first.is_ascii_digit());
            let last = figures.last_mut().map(|last| (&self.text[last.range.end..range.start], last));
            let goes_on = |(between, last): &(&str, &mut Figure)| {
                last.kind == FigureKind::Date && matches!(*between, "-" | "–" | "/")
            };
            let kind = if is_in(&DAYS, folded) || self.is_month(at) {
                FigureKind::Date
            } else if is_in(&COUNTS, folded) {
                FigureKind::Count
            } else if !is_number || before.ends_with('[') && behind.starts_with(']') {
                continue;
            } else if is_year(folded)
                || self.is_beside_month(at)
                || behind.strip_prefix('/').is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
                || last.as_ref().is_some_and(goes_on)
            {
                FigureKind::Date
            } else if folded.ends_with(char::is_alphabetic) {
                continue;
            } else {
                FigureKind::Count
            };
            match last {
                Some((" " | " de " | "-" | "–" | "/" | ", ", last)) if last.kind == kind => {
                    last.range.end = range.end
                }
                _ => figures.push(Figure { range, kind }),
            }
        }
        figures
    }

    /// Returns the end of the name that begins at a word: before the next word where none does.
    ///
    /// A name is words with capitals that only spaces and particles stand between.
    fn end_of_name(&self, start: usize) -> usize {
        let mut end = start;
        let mut next = start;
        while next < self.words.len() && self.is_part_of_name(next) {
            end = next + 1;
            next = end;
            while next < end + 2
                && self.follows(next)
                && is_in(&PARTICLES, &self.words[next].1)
                && !self.is_capital(next)
            {
                next += 1;
            }
            if !self.follows(next) {
                break;
            }
        }
        end
    }

    /// Makes a figure of words with capitals, if they are a name.
    fn name(&self, range: Range<usize>) -> Option<Figure> {
        let Range { mut start, end } = range;
        // A small word with a capital only begins a sentence, and one before an acronym does too: “While IOM …”.
        while start < end && self.begins_sentence(start) && !self.is_place(&(start..end)) {
            let is_lone = start + 1 == end;
            let is_apart = is_small_word(&self.words[start].1) || start + 1 < end && self.is_acronym(start + 1);
            if self.is_acronym(start) || !is_lone && !is_apart {
                break;
            }
            start += 1;
        }
        if start == end {
            return None;
        }
        let bytes = self.words[start].0.range.start..self.words[end - 1].0.range.end;
        let is_in_brackets = self.text[..bytes.start].ends_with('(') && self.text[bytes.end..].starts_with(')');
        let kind = if self.is_place(&(start..end)) {
            FigureKind::Place
        } else if is_in_brackets || self.is_of_role(start) || self.is_role(end) {
            return None;
        } else {
            FigureKind::Name { is_long: end - start > 1, is_doer: self.stands_behind(start, &ARTICLES, &DOING) }
        };
        Some(Figure { range: bytes, kind })
    }

    fn is_place(&self, name: &Range<usize>) -> bool {
        let folded = |at: usize| self.words[at].1.trim_end_matches("'s");
        let is_known = |at: usize| self.places.contains(folded(at)) || is_in(&PLACE_WORDS, folded(at));
        let has_article = is_in(&PLACE_ARTICLES, folded(name.start)) && !self.begins_sentence(name.start);
        has_article && name.len() == 2
            || name.clone().any(is_known) && name.clone().all(|at| is_known(at) || is_in(&PLACE_ARTICLES, folded(at)))
            || self.stands_behind(name.start, &ARTICLES, &PLACING) && !name.clone().any(|at| self.is_acronym(at))
    }

    /// Tells whether a name says what somebody is in charge of: “Director of IOM’s Migration Health Division”.
    fn is_of_role(&self, start: usize) -> bool {
        let is_title = start > 0 && is_in(&ROLES, &self.words[start - 1].1);
        !is_title && self.stands_behind(start, &ROLE_OF, &ROLES)
    }

    /// Tells whether a word of `first` stands before the word at `start`, with none or some of `between` in between.
    fn stands_behind(&self, start: usize, between: &WordSet, first: &WordSet) -> bool {
        let mut before = self.words[..start].iter().rev().map(|(_, folded)| folded.as_str());
        before.find(|word| !is_in(between, word)).is_some_and(|word| is_in(first, word))
    }

    /// Tells whether a word, if there is one, says what somebody is.
    fn is_role(&self, at: usize) -> bool {
        self.follows(at) && is_in(&ROLES, &self.words[at].1)
    }

    /// Tells whether there is a word and only a space before it.
    fn follows(&self, at: usize) -> bool {
        let between = |pair: &[(Word<'_>, String)]| &self.text[pair[0].0.range.end..pair[1].0.range.start] == " ";
        at > 0 && self.words.get(at - 1..=at).is_some_and(between)
    }

    fn is_part_of_name(&self, at: usize) -> bool {
        self.is_capital(at) && !self.is_month(at) && !is_in(&ROLES, &self.words[at].1)
    }

    fn is_capital(&self, at: usize) -> bool {
        self.words[at].0.text.starts_with(char::is_uppercase)
    }

    fn is_month(&self, at: usize) -> bool {
        // “May” and “march” are months with a capital, “mayo” behind “de” too.
        let is_behind_de = at > 0 && self.words[at - 1].1 == "de";
        (is_behind_de || self.is_capital(at)) && is_in(&MONTHS, &self.words[at].1)
    }

    /// Tells whether a number stands by a month: “November 3rd”, “22 March”, “22 de marzo”.
    fn is_beside_month(&self, at: usize) -> bool {
        let is_month = |at: usize| at < self.words.len() && self.is_month(at);
        let is_before_de = self.words.get(at + 1).is_some_and(|(_, folded)| folded == "de");
        at > 0 && is_month(at - 1) || is_month(at + 1) || is_before_de && is_month(at + 2)
    }

    fn is_acronym(&self, at: usize) -> bool {
        self.words[at].0.text.chars().take(2).filter(|letter| letter.is_uppercase()).count() == 2
    }

    /// Tells whether a word begins a sentence, a quotation or the text behind a dateline.
    fn begins_sentence(&self, at: usize) -> bool {
        let before = self.text[..self.words[at].0.range.start].trim_end();
        let is_title = || before.ends_with('.') && at > 0 && is_in(&ROLES, &self.words[at - 1].1);
        before.is_empty()
            || before.ends_with(['.', '?', '!', '¿', '¡', ':', '"', '“', '«', '-', '–', '—']) && !is_title()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::question::answer_type::kinds_asked;

    /// Returns what would be emphasised in a text that answers a question.
    fn marked<'t>(question: &str, text: &'t str) -> Vec<&'t str> {
        let places = WordList::load(std::path::Path::new("config/places.txt")).unwrap();
        let figures = figures(text, &places);
        let ranges: Vec<_> = answering(&figures, 0..text.len(), kinds_asked(question)).collect();
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn who_asks_for_names() {
        for (text, expected) in [
            (
                "Jacqueline Weekers, Director of IOM’s Migration Health Division said: “Ending TB means that UHC is real.”",
                vec!["Jacqueline Weekers"],
            ),
            (
                "The event was chaired by Mrs. Liduvina Magarín, Deputy Minister for Salvadorans Abroad; Mrs. Mariela Vélez de García, \
                 Ambassador of the Republic of Guatemala in El Salvador; Mrs. Mónica Merino, Resident Representative ad interim of the \
                 United Nations Development Program (UNDP) in El Salvador and Mr. Jorge Peraza, IOM's Chief of Mission for El Salvador, \
                 Guatemala and Honduras.",
                vec!["Liduvina Magarín", "Mariela Vélez de García", "Mónica Merino", "Jorge Peraza"],
            ),
            (
                "The workshop Healthcare of Migrant Populations was organized by the UN Migration Agency (IOM), the Ministry of \
                 Health (MINSAL), the National Civil Police (PNC) and Crime Stoppers from El Salvador.",
                vec!["UN Migration Agency", "Ministry of Health", "National Civil Police", "Crime Stoppers"],
            ),
            ("While IOM provided the furniture, the Ombudsman will staff it.", vec!["IOM", "Ombudsman"]),
            ("La gente escuchó a Carlos van der Laat en Guatemala.", vec!["Carlos van der Laat"]),
            ("Participants met in May.", vec![]),
        ] {
            assert_eq!(marked("who was it?", text), expected);
        }
    }

    #[test]
    fn where_asks_for_places() {
        for (text, expected) in [
            (
                "The “window” was opened in La Union, 150 kilometers west of San Salvador.",
                vec!["La Union", "San Salvador"],
            ),
            ("It is expected to open at the border crossing of La Hachadura.", vec!["La Hachadura"]),
            ("On November 3rd in Guatemala City, IOM presented the findings.", vec!["Guatemala City"]),
            ("It was attended by Belize, Costa Rica and the Red Cross.", vec!["Belize", "Costa Rica"]),
            ("The meeting was long.", vec![]),
        ] {
            assert_eq!(marked("where was it?", text), expected);
        }
    }

    #[test]
    fn when_asks_for_dates_and_how_many_for_what_counts() {
        for (text, dates, counts) in [
            ("100 doctors took part this week (29/05).", vec!["29/05"], vec!["100"]),
            (
                "258 million migrants[1] and two of 376,800 in 2017[2]",
                vec!["2017"],
                vec!["258 million", "two", "376,800"],
            ),
            ("On November 3rd and August 18-20 the 3rd meeting", vec!["November 3rd", "August 18-20"], vec![]),
            ("El 22 de marzo de 2019 vinieron 14", vec!["22 de marzo de 2019"], vec!["14"]),
            ("It was inaugurated yesterday", vec!["yesterday"], vec![]),
        ] {
            assert_eq!(marked("when was it?", text), dates);
            assert_eq!(marked("how many were there?", text), counts);
        }
    }
}
