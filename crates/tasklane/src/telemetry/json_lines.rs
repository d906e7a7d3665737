//! Events as lines of JSON.

use std::cell::RefCell;
use std::fmt::{self, Debug, Write as _};
use std::io::Write as _;
use std::ops::Range;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

/// The target of events that came from the `log` crate; the real one is a field.
const LOG_CRATE: &str = "log";

/// The members that every line begins with; nothing else can take their names.
const LEADING: [&str; 4] = ["timestamp", "level", "target", "message"];

thread_local! {
    /// The line that this thread is writing, kept for its capacity.
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Writes an event as one flat JSON object on a line: time (RFC 3339, UTC, microseconds), level,
/// target, message, then the fields of every span around it and its own. The inner one wins where two
/// have the same name. Flat, so that `request_id` is in the same place on every line.
///
/// A request is at least one line, so nothing here is done twice: a span's fields are written as JSON
/// when they are recorded, and copied from there on.
pub(super) struct JsonLines<W>(pub(super) W);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    W: for<'writer> MakeWriter<'writer> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut members = Members::default();
        attributes.record(&mut members);
        span.extensions_mut().insert(members);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(members) = span.extensions_mut().get_mut::<Members>() {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut members = Members::default();
        event.record(&mut members);
        let spans = context.event_scope(event).map(Scope::from_root);
        let spans: Vec<_> = spans.into_iter().flatten().collect();
        let outer: Vec<_> = spans.iter().map(|span| span.extensions()).collect();
        let outer: Vec<&Members> = outer.iter().filter_map(|span| span.get()).collect();
        LINE.with_borrow_mut(|line| {
            line.clear();
            if write_line(line, event, &outer, &members).is_ok() {
                let mut writer = self.0.make_writer_for(event.metadata());
                // There is nobody left to tell.
                let _ = writer.write_all(line.as_bytes());
            }
        });
    }
}

fn write_line(
    line: &mut String,
    event: &Event<'_>,
    spans: &[&Members],
    own: &Members,
) -> fmt::Result {
    let metadata = event.metadata();
    line.push_str("{\"timestamp\":\"");
    SystemTime.format_time(&mut Writer::new(line))?;
    write!(line, "\",\"level\":\"{}\",\"target\":", metadata.level())?;
    match own.get("log.target") {
        Some(target) if metadata.target() == LOG_CRATE => line.push_str(target),
        _ => push_text(line, metadata.target()),
    }
    line.push_str(",\"message\":");
    line.push_str(own.get("message").unwrap_or("null"));
    for (depth, span) in spans.iter().enumerate() {
        let inner = spans[depth + 1..].iter().copied().chain([own]);
        push_members(line, span, |name| {
            inner.clone().any(|members| members.get(name).is_some())
        });
    }
    push_members(line, own, |_| false);
    line.push_str("}\n");
    Ok(())
}

fn push_members(line: &mut String, members: &Members, is_hidden: impl Fn(&str) -> bool) {
    for (name, value) in members.iter() {
        if LEADING.contains(&name) || is_internal(name) || is_hidden(name) {
            continue;
        }
        line.push(',');
        push_text(line, name);
        line.push(':');
        line.push_str(value);
    }
}

/// What is told to other layers.
fn is_internal(name: &str) -> bool {
    name.starts_with("log.") || name.starts_with("otel.")
}

fn push_text(json: &mut String, text: &str) {
    // Nearly every text is written as it is.
    if text.bytes().all(is_plain) {
        json.push('"');
        json.push_str(text);
        json.push('"');
        return;
    }
    match serde_json::to_string(text) {
        Ok(quoted) => json.push_str(&quoted),
        Err(_) => json.push_str("null"),
    }
}

/// Whether JSON takes the byte as it is within a text (RFC 8259, section 7).
fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// Fields with their values as JSON, in the order in which they were first recorded.
#[derive(Default)]
struct Members {
    values: String,
    places: Vec<(&'static str, Range<usize>)>,
}

impl Members {
    fn get(&self, name: &str) -> Option<&str> {
        let (_, place) = self.places.iter().find(|(known, _)| *known == name)?;
        self.values.get(place.clone())
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let value = |place: &Range<usize>| self.values.get(place.clone()).unwrap_or("null");
        self.places
            .iter()
            .map(move |(name, place)| (*name, value(place)))
    }

    /// Adds a field, or gives it another value.
    fn set(&mut self, field: &Field, write: impl FnOnce(&mut String)) {
        let start = self.values.len();
        write(&mut self.values);
        let place = start..self.values.len();
        match self
            .places
            .iter_mut()
            .find(|(name, _)| *name == field.name())
        {
            Some((_, known)) => *known = place,
            None => self.places.push((field.name(), place)),
        }
    }

    fn set_shown(&mut self, field: &Field, value: impl fmt::Display) {
        self.set(field, |json| {
            // Writing to a text cannot fail.
            let _ = write!(json, "{value}");
        });
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            // With its point, by which readers know that it is not whole.
            self.set_shown(field, format_args!("{value:?}"));
        } else {
            self.set_shown(field, "null");
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set_shown(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set_shown(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set_shown(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, |json| push_text(json, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, |json| push_text(json, &format!("{value:?}")));
    }
}
