//! Links that people paste, and the releases they lead to.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

use crate::corpus::{Corpus, Release};

/// Takes the links out of a text: one of a release gives the release, any other the words of its last part.
pub(super) fn without_links<'c>(text: &str, corpus: &'c Corpus) -> (String, Option<&'c Arc<Release>>) {
    let mut release = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut parts = Vec::new();
        for part in line.split_whitespace() {
            let Some(link) = link(part) else {
                parts.push(part.to_owned());
                continue;
            };
            match linked(&link, &corpus.releases) {
                Some(linked) => release = Some(linked),
                None => parts.push(slug(&link).unwrap_or_default().replace(['-', '_', '.'], " ")),
            }
        }
        lines.push(parts.join(" "));
    }
    (lines.join("\n"), release)
}

/// Returns the release that a pasted link leads to, where the whole text is such a link.
pub(super) fn release_of_link<'c>(text: &str, corpus: &'c Corpus) -> Option<&'c Arc<Release>> {
    linked(&link(text)?, &corpus.releases)
}

/// Returns the release that a link leads to: the one with its path and query, else the only one with its page.
fn linked<'c>(link: &Url, releases: &'c [Arc<Release>]) -> Option<&'c Arc<Release>> {
    let on = |is_it: fn(&Url, &Url) -> bool| {
        releases.iter().filter(move |release| release.url.as_ref().is_some_and(|url| is_it(url, link)))
    };
    if let Some(release) = on(is_same_link).next() {
        return Some(release);
    }
    let mut of_page = on(is_same_page);
    let only = of_page.next()?;
    // Versions of one release in several languages bear one id.
    of_page.all(|other| other.id == only.id).then_some(only)
}

/// Reads a link as people paste it, in brackets or with the full stop of its sentence, and with or without its scheme.
fn link(part: &str) -> Option<Url> {
    let bare = part.trim_matches(|letter: char| "<>()[]\"'“”«».,;:!?¿¡".contains(letter));
    let is_link = ["http://", "https://", "www."].iter().any(|start| {
        let head = bare.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    });
    let has_scheme = bare.contains("://");
    let whole = if has_scheme { bare.to_owned() } else { format!("https://{bare}") };
    // Without scheme and www, only what has a path is a link: "iom.int/news/…", not "e.g.", "aamaya@iom.int" or "3.500/mes".
    let is_path = || {
        let (host, path) = bare.split_once('/').unwrap_or_default();
        host.rsplit_once('.').is_some_and(|(_, end)| end.len() > 1 && end.contains(char::is_alphabetic))
            && !path.is_empty()
    };
    (is_link || !has_scheme && !bare.contains('@') && is_path()).then(|| Url::parse(&whole).ok()).flatten()
}

/// Returns the last part of a link's path, which names the page, as it reads.
fn slug(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rev().find(|segment| !segment.is_empty())?;
    Some(percent_decode_str(last).decode_utf8_lossy().into_owned())
}

/// Tells whether two links are to one site, which answers with and without `www`.
fn is_same_site(url: &Url, other: &Url) -> bool {
    let host = |url: &Url| url.host_str().map(|host| host.trim_start_matches("www.").to_lowercase());
    host(url) == host(other)
}

/// Tells whether two links lead to one page for certain: whole paths and queries are equal, to any case.
fn is_same_link(url: &Url, other: &Url) -> bool {
    let path = |url: &Url| percent_decode_str(url.path().trim_end_matches('/')).decode_utf8_lossy().to_lowercase();
    is_same_site(url, other) && path(url) == path(other) && url.query() == other.query()
}

/// Tells whether two links seem to lead to one page: sites answer under `/es/` too, and with queries that tell who came.
fn is_same_page(url: &Url, other: &Url) -> bool {
    let page = |url: &Url| slug(url).map(|page| page.to_lowercase());
    is_same_site(url, other) && page(url).is_some() && page(url) == page(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_known_however_it_was_pasted() {
        let page = Url::parse("https://iom.int/news/a-page").unwrap();
        for pasted in [
            "https://iom.int/news/a-page",
            "http://www.iom.int/news/a-page/",
            "<https://www.iom.int/es/news/a-page?utm_source=x#top>,",
            "www.iom.int/news/a-page",
            "iom.int/news/A-Page.",
            "HTTPS://IOM.INT/news/a-page",
        ] {
            assert!(is_same_page(&page, &link(pasted).unwrap()), "{pasted}");
        }
        for other in
            ["https://iom.int/news/another", "https://example.org/news/a-page", "https://iom.int/", "https://iom.int"]
        {
            assert!(!is_same_page(&page, &link(other).unwrap()), "{other}");
        }
        for text in [
            "e.g.",
            "aamaya@iom.int",
            "and/or",
            "503. 25210500",
            "U.S./Mexico",
            "3.8",
            "3.500/mes",
            "12.30/13.00",
            "https://",
            "//",
            "29/05",
        ] {
            assert_eq!(link(text), None, "{text}");
        }
    }
    fn releases(urls: &[&str]) -> Vec<Arc<Release>> {
        let (corpus, _) = Corpus::load(std::path::Path::new("corpus"), None).unwrap();
        let at = |(n, url): (usize, &&str)| {
            let release = Release::clone(&corpus.releases[0]);
            Arc::new(Release { id: n.to_string(), url: Some(Url::parse(url).unwrap()), ..release })
        };
        urls.iter().enumerate().map(at).collect()
    }

    #[test]
    fn a_link_leads_to_its_own_release_before_one_of_the_same_page() {
        let two = releases(&[
            "https://iom.int/news/2019/statement",
            "https://iom.int/news/2020/statement",
            "https://iom.int/n?id=7",
        ]);
        let to = |pasted: &str| linked(&link(pasted).unwrap(), &two).map(|release| release.id.clone());
        assert_eq!(to("iom.int/news/2020/Statement/").as_deref(), Some("1"));
        assert_eq!(to("https://www.iom.int/es/news/statement"), None);
        assert_eq!(to("iom.int/n?id=7").as_deref(), Some("2"));
        let named = releases(&["https://iom.int/news/atenci%C3%B3n"]);
        assert!(linked(&link("https://iom.int/es/news/atención?utm=1").unwrap(), &named).is_some());
    }

    #[test]
    fn another_page_is_looked_for_by_its_name_as_it_reads() {
        let corpus = Corpus::default();
        let (text, release) = without_links("https://iom.int/news/atenci%C3%B3n-a-migrantes", &corpus);
        assert_eq!((text.as_str(), release.is_none()), ("atención a migrantes", true));
    }
}
