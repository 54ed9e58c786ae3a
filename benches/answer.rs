//! Cost of an answer: on the six releases, on many, and against a bare query of tantivy over the same paragraphs.
//!
//! The large part needs a folder of releases, named by `PRESSDESK_BENCH_CORPUS`, and a file of questions about them as JSON lines,
//! named by `PRESSDESK_BENCH_QUESTIONS`; without the folder it is skipped.
#![allow(missing_docs, clippy::print_stdout)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use criterion::{BenchmarkId, Criterion};
use pressdesk::config::Config;
use pressdesk::conversation::{Context, Conversation, Request};
use pressdesk::corpus::Corpus;
use pressdesk::evaluation;
use pressdesk::search::{Question, SearchIndex, Side};
use pressdesk::setup;
use serde::Deserialize;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{Query, QueryParser};
use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{Index, Searcher, TantivyDocument};

/// Questions of every kind about the six releases.
const QUESTIONS: [&str; 12] = [
    "how many people die of tuberculosis?",
    "when was the window opened",
    "who paid for the workshop",
    "where did the women meet",
    "what is the RCM",
    "who do I call about the women's guidelines?",
    "¿cuántos doctores fueron al taller?",
    "quien pago la ventanilla",
    "traficking victims medical staff",
    "what did Jorge Peraza say about the right to health of migrants in Guatemala and El Salvador?",
    "what is the price of coffee in Brazil?",
    "hola",
];

/// Number of questions to the large corpus.
const N_QUESTIONS: usize = 200;
/// Number of rounds of the comparison with the bare query; the shortest time counts.
const N_ROUNDS: usize = 5;

fn main() -> anyhow::Result<()> {
    let mut criterion = Criterion::default().configure_from_args();
    six_releases(&mut criterion)?;
    with_vectors()?;
    many_paragraphs(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// Measures a dozen questions, one by one.
fn six_releases(criterion: &mut Criterion) -> anyhow::Result<()> {
    let conversation = conversation(&Config::load(None, [])?.corpus)?;
    let mut group = criterion.benchmark_group("six releases");
    for question in QUESTIONS {
        group.bench_with_input(BenchmarkId::from_parameter(question), question, |bencher, question| {
            bencher.iter(|| answer(&conversation, question));
        });
    }
    group.finish();
    Ok(())
}

/// Measures the held-out questions, each asked once with embeddings, on one core as in production.
fn with_vectors() -> anyhow::Result<()> {
    let (conversation, _) = setup::open(&Config::load(None, [])?, &|_, _| {})?;
    if conversation.desk().index().side() != Side::Both {
        println!("six releases with meaning: left out, because there is no model; `make model` fetches it");
        return Ok(());
    }
    let questions = evaluation::load(Path::new("tests/questions/kept.jsonl"))?;
    let mut times: Vec<Duration> = questions
        .iter()
        .map(|labelled| {
            let start = Instant::now();
            answer(&conversation, &labelled.question);
            start.elapsed()
        })
        .collect();
    times.sort();
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "six releases with meaning, {} questions: median {median:.1?} (aim 40ms), slowest {slowest:.1?}",
        times.len()
    );
    Ok(())
}

/// Measures a sample of questions: the whole answer beside a bare query of tantivy over the same paragraphs.
fn many_paragraphs(criterion: &mut Criterion) -> anyhow::Result<()> {
    let Some(folder) = std::env::var_os("PRESSDESK_BENCH_CORPUS").map(PathBuf::from) else {
        println!("many paragraphs: skipped, because PRESSDESK_BENCH_CORPUS names no folder of releases");
        return Ok(());
    };
    let questions_file = std::env::var_os("PRESSDESK_BENCH_QUESTIONS").map(PathBuf::from);
    let questions = questions(&questions_file.context("PRESSDESK_BENCH_QUESTIONS names no file of questions")?)?;
    let started = Instant::now();
    let conversation = conversation(&folder)?;
    let index = conversation.desk().index();
    ensure!(index.n_passages() > 0, "there are no releases in {}", folder.display());
    println!("many paragraphs: {} of them, ready after {:.1?}", index.n_passages(), started.elapsed());
    let bare_index = BareIndex::build(index.corpus())?;
    let bare: Vec<Box<dyn Query>> = questions
        .iter()
        .filter_map(|text| Some(bare_index.query(index, &conversation.desk().question(text)?)))
        .collect();
    ensure!(bare.len() == questions.len(), "every question has a letter");

    let mut group = criterion.benchmark_group(format!("{} questions on many paragraphs", questions.len()));
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("the whole answer", |bencher| {
        bencher.iter(|| questions.iter().for_each(|question| answer(&conversation, question)));
    });
    group.bench_function("the bare query", |bencher| {
        bencher.iter(|| bare.iter().map(|query| bare_index.search(&**query)).sum::<usize>());
    });
    group.finish();

    // Alternating question by question, so that other load affects both.
    let (mut whole_total, mut bare_total, mut slowest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for (question, query) in questions.iter().zip(&bare) {
        let whole = shortest(|| answer(&conversation, question));
        let bare = shortest(|| {
            black_box(bare_index.search(&**query));
        });
        whole_total += whole;
        bare_total += bare;
        slowest = slowest.max(whole);
    }
    let n_questions = questions.len() as u32;
    println!(
        "many paragraphs: the whole answer {:.0?} a question (slowest {slowest:.0?}), the bare query {:.0?}; ratio {:.2}",
        whole_total / n_questions,
        bare_total / n_questions,
        whole_total.as_secs_f64() / bare_total.as_secs_f64(),
    );
    Ok(())
}

/// Bare tantivy index of the same paragraphs, each with the title of its release, stemmed as English.
struct BareIndex {
    searcher: Searcher,
    parser: QueryParser,
}

impl BareIndex {
    fn build(corpus: &Corpus) -> anyhow::Result<Self> {
        let indexing =
            || TextFieldIndexing::default().set_tokenizer("en_stem").set_index_option(IndexRecordOption::WithFreqs);
        let mut schema = Schema::builder();
        let [title, text] = ["title", "text"]
            .map(|name| schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing())));
        let builder = Index::builder().schema(schema.build());
        let mut writer = builder.single_segment_index_writer(RamDirectory::create(), 50_000_000)?;
        for release in &corpus.releases {
            for paragraph in &release.paragraphs {
                let mut document = TantivyDocument::new();
                document.add_text(title, &release.title);
                document.add_text(text, &paragraph.text);
                writer.add_document(document)?;
            }
        }
        let index = writer.finalize()?;
        Ok(Self { searcher: index.reader()?.searcher(), parser: QueryParser::for_index(&index, vec![title, text]) })
    }

    /// Builds a query of the content words of a question.
    fn query(&self, index: &SearchIndex, question: &Question) -> Box<dyn Query> {
        let words: Vec<String> = index.explain(question).words.into_iter().map(|(typed, ..)| typed).collect();
        self.parser.parse_query_lenient(&words.join(" ")).0
    }

    fn search(&self, query: &dyn Query) -> usize {
        self.searcher.search(query, &TopDocs::with_limit(3).order_by_score()).map_or(0, |found| found.len())
    }
}

fn answer(conversation: &Conversation, question: &str) {
    black_box(conversation.turn(&Request::Ask(question.to_owned()), &Context::default()).reply);
}

fn shortest(work: impl Fn()) -> Duration {
    let times = (0..N_ROUNDS).map(|_| {
        let started = Instant::now();
        work();
        started.elapsed()
    });
    times.min().unwrap_or_default()
}

/// Reads a sample of the questions, spread evenly over the file.
fn questions(file: &Path) -> anyhow::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Line {
        question: String,
    }
    let text = std::fs::read_to_string(file).with_context(|| format!("could not read {}", file.display()))?;
    let lines: Vec<Line> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let step = (lines.len() / N_QUESTIONS).max(1);
    Ok(lines.into_iter().step_by(step).take(N_QUESTIONS).map(|line| line.question).collect())
}

fn conversation(corpus: &Path) -> anyhow::Result<Conversation> {
    setup::open_keyword_only(&Config::load(None, [])?, Corpus::load(corpus, None)?.0)
}
