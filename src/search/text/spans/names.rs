//! Names and places: words with capitals that only spaces and particles stand between.

use std::ops::Range;

use super::{Entity, SpanReader, TypedSpan};
use crate::language::List;
use crate::search::text::kinds::Kinds;

impl SpanReader<'_> {
    pub(super) fn names(&self) -> Vec<TypedSpan> {
        let mut spans = Vec::new();
        let mut at = 0;
        while at < self.words.len() {
            let end = self.end_of_name(at);
            spans.extend(self.name(at..end));
            at = end.max(at + 1);
        }
        spans
    }

    /// Returns the end of the name that begins at a word: the word itself where none does.
    fn end_of_name(&self, start: usize) -> usize {
        let is_particle = |at: usize| self.is_in(at, List::Particles) && !self.words.is_capitalised(at);
        let mut end = start;
        let mut next = start;
        while next < self.words.len() && self.is_part_of_name(next) {
            end = next + 1;
            next = end;
            while next < end + 2 && self.follows(next) && is_particle(next) {
                next += 1;
            }
            if !self.follows(next) {
                break;
            }
        }
        end
    }

    /// Makes a span of words with capitals, if they are a name or tell of one.
    fn name(&self, Range { mut start, end }: Range<usize>) -> Option<TypedSpan> {
        // A small word with a capital only begins a sentence, and one before an acronym does too: “While IOM …”.
        while start < end && self.begins_sentence(start) && !self.is_place(start..end) {
            let is_lone = start + 1 == end;
            let is_apart =
                self.lexicon.is_function_word(self.folded(start)) || !is_lone && self.begins_acronym(start + 1);
            if self.begins_acronym(start) || !is_lone && !is_apart {
                break;
            }
            start += 1;
        }
        if start == end {
            return None;
        }
        let is_by = self.stands_behind(start, List::Articles, List::By);
        let is_position = || self.is_of_role(start) || self.follows(end) && self.is_in(end, List::Roles);
        let entity = if self.is_place(start..end) {
            Some(Entity::Place)
        } else if self.is_in_brackets(start, end - 1) || is_position() {
            None
        } else {
            Some(Entity::Name { is_long: end - start > 1, is_doer: is_by })
        };
        let mut kinds = Kinds::empty();
        kinds.set(Kinds::WHO, is_by || self.stands_behind(start, List::Articles, List::With));
        kinds.set(Kinds::PLACE, entity == Some(Entity::Place) || self.stands_behind(start, List::Articles, List::In));
        let range = self.words[start].range.start..self.words[end - 1].range.end;
        (entity.is_some() || !kinds.is_empty()).then_some(TypedSpan { range, kinds, entity })
    }

    fn is_place(&self, name: Range<usize>) -> bool {
        let folded = |at: usize| self.lexicon.without_possessive(self.folded(at));
        let is_known = |at: usize| self.places.contains(folded(at)) || self.lexicon.has(List::PlaceWords, folded(at));
        let is_article = |at: usize| self.lexicon.has(List::PlaceArticles, folded(at));
        name.len() == 2 && is_article(name.start) && !self.begins_sentence(name.start)
            || name.clone().any(is_known) && name.clone().all(|at| is_known(at) || is_article(at))
            || self.stands_behind(name.start, List::Articles, List::In)
                && !name.clone().any(|at| self.begins_acronym(at))
    }

    /// Tells whether a name is the field of a position: “Director of IOM’s Migration Health Division”.
    fn is_of_role(&self, start: usize) -> bool {
        let is_behind_title = start > 0 && self.is_in(start - 1, List::Roles);
        !is_behind_title && self.stands_behind(start, List::RoleOf, List::Roles)
    }

    /// Tells whether a word of `first` stands before the word at `start`, with any number of `between` in between.
    fn stands_behind(&self, start: usize, between: List, first: List) -> bool {
        let before = (0..start).rev().find(|at| !self.is_in(*at, between));
        before.is_some_and(|before| self.is_in(before, first))
    }

    /// Tells whether there is a word and only a space before it.
    fn follows(&self, at: usize) -> bool {
        at > 0 && at < self.words.len() && self.words.gap_before(at) == " "
    }

    fn is_part_of_name(&self, at: usize) -> bool {
        // “L’OIM”, “d’Haïti”.
        let written = self.words.written(at);
        let behind = written.len() - self.lexicon.without_elision(self.folded(at)).len().min(written.len());
        let is_elided = || written.get(behind..).is_some_and(|rest| behind > 0 && rest.starts_with(char::is_uppercase));
        (self.words.is_capitalised(at) || is_elided()) && !self.is_month(at) && !self.is_in(at, List::Roles)
    }

    /// Tells whether a word begins with two capitals.
    fn begins_acronym(&self, at: usize) -> bool {
        self.words.written(at).chars().take(2).filter(|letter| letter.is_uppercase()).count() == 2
    }

    /// Tells whether a word begins a sentence, a quotation or the text behind a dateline.
    fn begins_sentence(&self, at: usize) -> bool {
        let before = self.words.before(at).trim_end();
        let is_title = || before.ends_with('.') && at > 0 && self.is_in(at - 1, List::Roles);
        before.is_empty()
            || before.ends_with(['.', '?', '!', '¿', '¡', ':', '"', '“', '«', '-', '–', '—']) && !is_title()
    }
}
