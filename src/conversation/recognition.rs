//! Recognition of what a message wants.

use std::sync::Arc;

use super::phrases::Typed;
use super::{Context, Conversation, Request};
use crate::intent::{self, Intent, Recognised};
use crate::language::Language;
use crate::search::{EmbeddedText, Question};
use crate::text::{Words, sentences};

/// Maximum number of sentences of a message that are looked through one by one for a cry for help: each is embedded.
const MAX_SENTENCES: usize = 12;

/// Probability that a passage answers from which on a text that is like talk asks the releases: “What day is American Cowboy Day?”. Of the
/// messages of `tests/questions/intents` that are talk none reaches it over any of nine sets of releases; of the labelled questions that
/// are like talk and are answered, most do.
const ANSWERED: f32 = 0.9;

impl Conversation {
    /// Returns the languages that a person may write in, the likeliest first, where that shows.
    pub(super) fn preferred(&self, text: &str, context: &Context) -> Vec<Language> {
        let Context { chosen_language, written_language, client_language, .. } = *context;
        let languages = [self.desk.languages().detect(text), chosen_language, written_language, client_language];
        languages.into_iter().flatten().collect()
    }

    /// Reads a typed text: a command in other words, or any other text.
    pub(super) fn read(&self, text: &str, context: &Context) -> Typed {
        match self.phrases.read(text, || self.preferred(text, context), self.desk.corpus()) {
            // A person to talk to is wanted for the release in hand, or is of the organisation's own desk.
            Typed::Command(Request::Contacts { .. }, _)
                if !context.releases.is_empty() || self.desk.own_contact().is_some() =>
            {
                Typed::Text { text: text.to_owned(), about: None }
            }
            typed => typed,
        }
    }

    /// Recognises the intent of a text; the question made of it keeps its embedding for the search. A cry for help beside something else
    /// is heard in its sentence.
    pub(super) fn recognise(&self, text: &str, question: Option<&mut Question>, context: &Context) -> Recognised {
        let recognised = self.recognise_whole(text, question, context);
        if recognised.intent == Intent::Danger {
            return recognised;
        }
        self.cry_in_a_sentence(text, context).unwrap_or(recognised)
    }

    /// Recognises a cry for help in a sentence of several.
    fn cry_in_a_sentence(&self, text: &str, context: &Context) -> Option<Recognised> {
        let language = self.desk.languages().detect(text).unwrap_or(Language::ENGLISH);
        let mut sentences = sentences(language.code(), text);
        if sentences.len() < 2 {
            return None;
        }
        // What is worst is often said first or last.
        if sentences.len() > MAX_SENTENCES {
            sentences.drain(MAX_SENTENCES / 2..sentences.len() - MAX_SENTENCES / 2);
        }
        sentences.into_iter().find_map(|range| {
            let sentence = &text[range];
            let mut question = self.question(sentence, None, context);
            let recognised = self.recognise_whole(sentence, question.as_mut(), context);
            (recognised.intent == Intent::Danger && recognised.is_cry).then_some(recognised)
        })
    }

    /// Recognises the intent of a text as a whole.
    ///
    /// Embedding is the main cost of a question, and the search embeds it in plainer words: where these show clearly that it is
    /// one, the text as it was typed is not embedded too.
    pub(super) fn recognise_whole(&self, text: &str, question: Option<&mut Question>, context: &Context) -> Recognised {
        let Some(question) = question else { return self.classifier.recognise(text, None, false) };
        if question.asks_contact_in_hand {
            return Recognised { intent: Intent::Contact, is_clear: true, is_cry: false, languages: Vec::new() };
        }
        if let Some(greeting) = self.greeting_to_place(question) {
            return greeting;
        }
        // A greeting before a cry for help in small words does not hide it.
        if let Some(rest) = self.phrases.small_words_left(question.words()) {
            let recognised = self.recognise_text(rest, context);
            if recognised.intent == Intent::Danger {
                return recognised;
            }
        }
        // Nor do slips that were corrected and were none.
        if question.is_corrected {
            let recognised = self.recognise_text(text, context);
            if recognised.intent == Intent::Danger {
                return self.without_places(recognised, question, context);
            }
        }
        // A greeting makes none of the question behind it.
        let core = self.phrases.core(question.words());
        let recognise = |embedded: Option<&EmbeddedText>| {
            let embedding = embedded.map(|embedded| embedded.embedding.pooled.as_slice());
            self.classifier.recognise(core, embedding, !context.releases.is_empty())
        };
        let index = self.desk.index();
        let embedded = index.embed_question(question);
        let recognised = recognise(embedded.as_ref());
        let typed = intent::plain(core);
        let recognised = match &embedded {
            Some(embedded) if !recognised.is_clear && embedded.text != typed => recognise(index.embed(&typed).as_ref()),
            _ => recognised,
        };
        question.embedded = embedded.map(Arc::new);
        // Half a question after an answer, which names a thing alone, tells of nobody in danger.
        let goes_on = || !context.releases.is_empty() && index.goes_on_with_one_thing(question);
        match recognised.intent {
            Intent::Danger if goes_on() => Recognised { intent: Intent::Question, is_clear: true, ..recognised },
            Intent::Danger => self.without_places(recognised, question, context),
            _ => recognised,
        }
    }

    /// Recognises the intent of a text as it stands.
    fn recognise_text(&self, text: &str, context: &Context) -> Recognised {
        let embedded = self.desk.index().embed(&intent::plain(text));
        let embedding = embedded.as_ref().map(|embedded| embedded.embedding.pooled.as_slice());
        self.classifier.recognise(text, embedding, !context.releases.is_empty())
    }

    /// Recognises a greeting to or from a place, and nothing else: “hola El Salvador”.
    fn greeting_to_place(&self, question: &Question) -> Option<Recognised> {
        let rest = self.desk.index().without_places(question, |_| false)?;
        if question.words().text().contains('?') || !self.phrases.is_courtesy(&rest) {
            return None;
        }
        let recognised = self.classifier.recognise(&rest, None, false);
        (recognised.intent == Intent::Greeting).then_some(recognised)
    }

    /// Recognises a cry for help once more without the places that it names: the name of a place tells of no danger, though it be
    /// spelt like a cry, as “Salvador” is. A word of an example of danger is no place here.
    fn without_places(&self, recognised: Recognised, question: &Question, context: &Context) -> Recognised {
        let index = self.desk.index();
        let rest = index.without_places(question, |folded| self.classifier.is_of_danger(folded));
        match rest {
            None => recognised,
            Some(rest) if !rest.contains(char::is_alphabetic) => {
                Recognised { intent: Intent::Question, is_clear: true, ..recognised }
            }
            Some(rest) => {
                let rest = Words::of(&rest);
                self.recognise_text(self.phrases.core(&rest), context)
            }
        }
    }

    /// Returns the question before a text with what the text changes in it, where that is sure, or answered no worse than the text by
    /// itself. Of what is recognised as talk only a year or a day changes a question. With it comes what it is recognised as.
    pub(super) fn whole(
        &self,
        half: &Question,
        recognised: &Recognised,
        context: &Context,
    ) -> Option<(Question, Recognised)> {
        let index = self.desk.index();
        let before = context.asked.as_deref().filter(|_| !half.asks_contact_in_hand)?;
        let completed = index.completed(before, half)?;
        let asks = |intent| matches!(intent, Intent::Question | Intent::Contact | Intent::Releases);
        if recognised.intent == Intent::Danger || !asks(recognised.intent) && !completed.is_sure {
            return None;
        }
        let alone = Context::default();
        let mut whole = self.question(&completed.text, None, &alone)?;
        let is_answered = || index.search(&whole).confidence >= index.search(half).confidence;
        if !completed.is_sure && !is_answered() {
            return None;
        }
        let mut recognised = self.recognise_whole(&completed.text, Some(&mut whole), &alone);
        if !asks(recognised.intent) {
            recognised.intent = Intent::Question;
        }
        Some((whole, recognised))
    }

    /// Tells whether a text that is like talk is one of the releases all the same: a topic of theirs, a name, a number or a date alone,
    /// half a question about the release in hand, or what they answer beyond doubt.
    pub(super) fn is_of_releases(&self, recognised: &Recognised, asked: &Question, context: &Context) -> bool {
        let index = self.desk.index();
        let is_answered = || {
            let mut alone = asked.clone();
            (alone.context, alone.shown) = (Vec::new(), Vec::new());
            index.search(&alone).confidence >= ANSWERED
        };
        !recognised.is_clear
            && recognised.intent != Intent::Danger
            && (index.is_topic_alone(asked)
                || index.is_names_alone(asked)
                || index.is_number_alone(asked)
                || self.desk.is_date(asked)
                || !context.releases.is_empty() && index.asks_time_alone(asked)
                || !recognised.intent.asks_releases() && is_answered())
    }
}
