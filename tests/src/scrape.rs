//! What a server has counted, as Prometheus reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::server::Server;

/// One answer of `/metrics`.
#[derive(Debug, Clone)]
pub struct Scrape {
    samples: Vec<Sample>,
    kinds: BTreeMap<String, String>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name, of a histogram's parts with `_bucket`, `_sum` or `_count`.
    pub name: String,
    /// What tells it from others of that name.
    pub labels: BTreeMap<String, String>,
    /// The number.
    pub value: f64,
}

impl Server {
    /// Reads what it has counted.
    pub async fn scrape(&self) -> Scrape {
        let url = format!("{}/metrics", self.management_url());
        let answer = reqwest::get(url).await.expect("metrics are served");
        assert_eq!(answer.status().as_u16(), 200);
        Scrape::parse(&answer.text().await.expect("metrics are text"))
    }
}

impl Scrape {
    /// Reads Prometheus' text format, version 0.0.4; fails when it is something else.
    fn parse(text: &str) -> Self {
        let declared = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let kinds = declared.map(|declaration| {
            let (name, kind) = declaration.split_once(' ').expect("a name and a kind");
            (name.to_owned(), kind.to_owned())
        });
        let samples = text.lines().filter(|line| !line.is_empty());
        let samples = samples.filter(|line| !line.starts_with('#'));
        Self {
            kinds: kinds.collect(),
            samples: samples.map(Sample::parse).collect(),
        }
    }

    /// What kind of metric it is; `None` when no metric has that name.
    #[must_use]
    pub fn kind(&self, metric: &str) -> Option<&str> {
        self.kinds.get(metric).map(String::as_str)
    }

    /// The names of all metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// The samples of a name.
    pub fn samples<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples
            .iter()
            .filter(move |sample| sample.name == name)
    }

    /// The labels that samples of a name have; `None` when there is no sample.
    #[must_use]
    pub fn labels<'a>(&'a self, name: &'a str) -> Option<BTreeSet<&'a str>> {
        let mut samples = self.samples(name).peekable();
        samples.peek()?;
        let labels = samples.flat_map(|sample| sample.labels.keys());
        Some(labels.map(String::as_str).collect())
    }

    /// The sum of the samples that have these labels, whatever others they have; `None` when there
    /// is no such sample.
    #[must_use]
    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut fitting = self
            .samples(name)
            .filter(|sample| sample.has(labels))
            .peekable();
        fitting.peek()?;
        Some(fitting.map(|sample| sample.value).sum())
    }

    /// The same; fails when there is no such sample.
    #[track_caller]
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found = self.find(name, labels);
        found.unwrap_or_else(|| panic!("no {name} {labels:?} in {:#?}", self.samples))
    }

    /// The value as a count.
    #[track_caller]
    #[must_use]
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        self.samples(name)
            .filter(|sample| sample.has(labels))
            .map(Sample::count)
            .sum()
    }

    /// How many requests were answered, by method, route and status.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<(String, String, u16), u64> {
        let counts = self.samples("http_server_request_duration_seconds_count");
        let counts = counts.map(|sample| {
            let status = sample.label("http_response_status_code").parse();
            let request = (
                sample.label("http_request_method").to_owned(),
                sample.label("http_route").to_owned(),
                status.expect("a status is a number"),
            );
            (request, sample.count())
        });
        counts.collect()
    }
}

impl Sample {
    fn parse(line: &str) -> Self {
        let (series, value) = line.rsplit_once(' ').expect("a series and its value");
        let (name, mut rest) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect("labels end")),
            None => (series, ""),
        };
        let mut labels = BTreeMap::new();
        while let Some((label, quoted)) = rest.split_once("=\"") {
            let (value, after) = unquote(quoted);
            let known = labels.insert(label.to_owned(), value);
            assert_eq!(known, None, "a label stands once: {line}");
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        assert!(rest.is_empty(), "no labels: {line}");
        Self {
            name: name.to_owned(),
            labels,
            value: value.parse().expect("a value is a number"),
        }
    }

    /// A label's value; fails when there is no such label.
    #[track_caller]
    #[must_use]
    pub fn label(&self, name: &str) -> &str {
        let value = self.labels.get(name);
        value.unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// The value, which must be a whole number that is not negative.
    #[track_caller]
    #[must_use]
    pub fn count(&self) -> u64 {
        format!("{}", self.value)
            .parse()
            .unwrap_or_else(|_| panic!("no count: {self:?}"))
    }

    fn has(&self, labels: &[(&str, &str)]) -> bool {
        let mut labels = labels.iter();
        labels.all(|(name, value)| self.labels.get(*name).is_some_and(|known| known == value))
    }
}

/// A label's value up to its closing quote, and what follows that.
fn unquote(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[place + 1..]),
            '\\' => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, escaped)) => value.push(escaped),
                None => break,
            },
            _ => value.push(character),
        }
    }
    panic!("a label's value has no end: {quoted}")
}
