//! Short texts: those that are nothing but a topic, a name or a number of the releases, and what is left of a text without places.

use std::sync::Arc;

use super::SearchIndex;
use super::bearers::is_capitalised_in_releases;
use super::question::Question;
use super::question::query::Concept;
use super::question::understanding::AskedWord;
use super::ranking::MIN_TOPIC_WEIGHT;
use super::text::kinds::Kinds;
use crate::corpus::Release;
use crate::language::List;

impl SearchIndex {
    /// Tells whether a text is nothing but a number of several digits, in these or in words, and perhaps what is counted, as the
    /// releases have them.
    pub(crate) fn is_number_alone(&self, question: &Question) -> bool {
        let is_digit = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',');
        let is_number = |term: &String| term.len() > 1 && term.bytes().all(is_digit);
        let asked = self.understanding.asked_words(question, &self.index.terms);
        let is_of_number = |at: usize| question.words().written(at).bytes().all(is_digit);
        let n_other = (0..question.words().len()).filter(|at| !is_of_number(*at)).count();
        (asked.len() == question.words().len() || n_other <= 1)
            && asked.len() <= 2
            && asked.iter().all(|word| !word.terms.is_empty())
            && asked.iter().flat_map(|word| &word.terms).any(is_number)
    }

    /// Tells whether a text is nothing but words that the releases have and articles, where one of the words says what a release is
    /// about, or all are rare.
    pub(crate) fn is_topic_alone(&self, question: &Question) -> bool {
        let asked = self.understanding.asked_words(question, &self.index.terms);
        let is_headlined = |word: &AskedWord| !self.headlined_by(std::slice::from_ref(word)).is_empty();
        let concepts = self.understanding.query(question, &self.index.terms).concepts;
        let are_rare = || !concepts.is_empty() && concepts.iter().all(|concept| concept.weight >= MIN_TOPIC_WEIGHT);
        !asked.is_empty()
            && asked.iter().all(|word| !word.terms.is_empty())
            && (asked.iter().any(is_headlined) || are_rare())
            && self.is_alone(question, &asked.iter().map(|word| word.at).collect::<Vec<usize>>())
    }

    /// Returns the releases whose headlines have all words of a text that is nothing but a topic; none for other texts.
    pub(super) fn headlined_by_topic(&self, question: &Question) -> Vec<Arc<Release>> {
        let asked = self.understanding.asked_words(question, &self.index.terms);
        let is_alone = self.is_alone(question, &asked.iter().map(|word| word.at).collect::<Vec<usize>>());
        if is_alone && !asked.is_empty() { self.headlined_by(&asked) } else { Vec::new() }
    }

    /// Tells whether a text asks for a time and says nothing of what: half a question.
    pub(crate) fn asks_time_alone(&self, question: &Question) -> bool {
        let query = self.understanding.query(question, &self.index.terms);
        let is_light = |concept: &Concept| concept.weight < MIN_TOPIC_WEIGHT;
        query.asked.intersects(Kinds::HOUR | Kinds::WHEN) && query.concepts.iter().all(is_light)
    }

    /// Tells whether a text goes on with one thing that the releases have, and says nothing of it: “and the ambulances?”
    pub(crate) fn goes_on_with_one_thing(&self, question: &Question) -> bool {
        let words = question.words();
        let lexicon = self.languages().lexicon_of_all();
        let asked = self.understanding.asked_words(question, &self.index.terms);
        let [thing] = asked.as_slice() else { return false };
        let last = words.len().saturating_sub(1);
        // “And an ambulance” is a wish.
        let is_the =
            |at: usize| lexicon.has(List::Articles, &words[at].folded) && lexicon.numbers().read(words, at).is_none();
        last >= 2
            && thing.at == last
            && !thing.terms.is_empty()
            && lexicon.has(List::GoingOn, &words[0].folded)
            && (1..last).all(is_the)
            && !words.text().contains('!')
    }

    /// Tells whether a text is nothing but names that the releases or the list of places have, and articles.
    pub(crate) fn is_names_alone(&self, question: &Question) -> bool {
        let names = self.names_in(question);
        !names.is_empty() && self.is_alone(question, &names)
    }

    /// Tells whether a text has no other words than those at some positions, and articles.
    fn is_alone(&self, question: &Question, positions: &[usize]) -> bool {
        let words = question.words();
        (0..words.len()).all(|at| positions.contains(&at) || self.is_article(&words[at].folded))
    }

    /// Returns a text without the places that `config/places.txt` lists, and the articles before these; `None` where it has none. A
    /// word that `keeps` takes stays. What the releases write as a name stays too, as it may be a word of need in the name of a
    /// service.
    pub(crate) fn without_places(&self, question: &Question, keeps: impl Fn(&str) -> bool) -> Option<String> {
        let words = question.words();
        let is_place = |at: usize| {
            words.get(at).is_some_and(|word| self.understanding.is_place(&word.folded) && !keeps(&word.folded))
        };
        let is_left_out = |at: usize| is_place(at) || is_place(at + 1) && self.is_article(&words[at].folded);
        let kept: Vec<&str> = (0..words.len()).filter(|at| !is_left_out(*at)).map(|at| words.written(at)).collect();
        (kept.len() < words.len()).then(|| kept.join(" "))
    }

    /// Returns the positions of the words that the releases write as names, or that are places.
    fn names_in(&self, question: &Question) -> Vec<usize> {
        let asked = self.understanding.asked_words(question, &self.index.terms);
        let sightings = self.sightings(&asked);
        let is_name =
            |(number, word): &(usize, &AskedWord)| word.is_place || is_capitalised_in_releases(*number, &sightings);
        asked.iter().enumerate().filter(is_name).map(|(_, word)| word.at).collect()
    }

    fn is_article(&self, folded: &str) -> bool {
        let lexicon = self.languages().lexicon_of_all();
        lexicon.has(List::Articles, folded) || lexicon.has(List::PlaceArticles, folded)
    }
}
