//! Any reply becomes messages that Telegram accepts unchanged, without loss of visible text.

use pressdesk::conversation::{Block, Choice, Context, Copyable, Reply, Request, Span, Style};
use pressdesk::language::Language;
use pressdesk::telegram::delivery::layout::messages;
use proptest::prelude::*;

use super::rules::{check_message, is_visible};

fn span() -> impl Strategy<Value = Span> {
    let text = prop_oneof![
        4 => any::<String>(),
        2 => "[ \n\t\r\u{200b}\u{feff}\u{2028}a-z👩‍⚕️é]{0,40}",
        1 => ("[a-zé👍\u{301} \n]{1,12}", 1..800_usize).prop_map(|(text, times)| text.repeat(times)),
    ];
    let style = prop_oneof![
        Just(Style::Plain),
        Just(Style::Strong),
        Just(Style::Faint),
        Just(Style::Code),
        Just(Style::Link("https://example.org/?a=b".parse().unwrap())),
        Just(Style::Link("mailto:desk@example.org".parse().unwrap())),
    ];
    (text, style).prop_map(|(text, style)| Span { text, style })
}

fn reply() -> impl Strategy<Value = Reply> {
    let spans = prop::collection::vec(span(), 0..7);
    let block =
        (spans, 0..3).prop_map(|(spans, kind)| [Block::Text, Block::Quote, Block::Paragraph][kind as usize](spans));
    let choice = (".{0,70}", ".{0,70}").prop_map(|(label, words)| Choice { label, request: Request::Search(words) });
    let copy = (".{0,70}", ".{0,260}").prop_map(|(label, text)| Copyable { label, text });
    let buttons = (prop::collection::vec(choice, 0..120), prop::collection::vec(copy, 0..5));
    (prop::collection::vec(block, 0..6), buttons).prop_map(|(blocks, (choices, copies))| Reply {
        language: Language::ENGLISH,
        blocks,
        choices,
        copies,
        context: Context::default(),
        outcome: None,
    })
}

/// Returns the visible characters of a text, trimmed.
fn visible(text: &str) -> String {
    text.chars().filter(|letter| is_visible(*letter)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_reply_is_accepted_without_loss(reply in reply()) {
        let messages = messages(&reply);
        let mut shown = String::new();
        for message in &messages {
            prop_assert_eq!(check_message(&serde_json::to_value(message).unwrap()), Ok(()));
            shown.push_str(&visible(&message.text));
        }
        let said: String = reply.blocks.iter().map(|block| visible(&block.text())).collect();
        prop_assert_eq!(shown, said);
    }

    #[test]
    fn many_short_marks_are_spread_over_messages(n_marks in 0..400_usize) {
        let marks = (0..n_marks).flat_map(|_| [Span::styled("word", Style::Strong), Span::plain(" and ")]);
        let blocks = vec![Block::Quote(marks.chain([Span::plain("end")]).collect())];
        let reply =
            Reply { language: Language::ENGLISH, blocks, choices: vec![], copies: vec![], context: Context::default(), outcome: None };
        let mut n_bold = 0;
        for message in messages(&reply) {
            let message = serde_json::to_value(message).unwrap();
            prop_assert_eq!(check_message(&message), Ok(()));
            n_bold += message["entities"].as_array().unwrap().iter().filter(|entity| entity["type"] == "bold").count();
        }
        prop_assert_eq!(n_bold, n_marks);
    }
}
