use std::hint::black_box;

use tasklane_domain::search::fold;

use super::Run;

pub(super) fn ascii() -> Run {
    folding("Ring the plumber about the kitchen tap 7")
}

pub(super) fn accents() -> Run {
    folding("Größe der Küchenarmatur für Zoë prüfen 7")
}

fn folding(text: &'static str) -> Run {
    Box::new(move || {
        black_box(fold(black_box(text)));
    })
}
