//! Times the steps of a request: `cargo bench -p tasklane-bench`, with a step's name or a part of it
//! to time only some.

use criterion::{Criterion, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use tasklane_bench::steps;

/// That of the program that is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(clippy::panic, reason = "criterion knows no step that fails")]
fn all(criterion: &mut Criterion) {
    for step in steps::ALL {
        let mut run = step
            .prepare()
            .unwrap_or_else(|failure| panic!("{}: {failure}", step.name));
        criterion.bench_function(step.name, |bencher| bencher.iter(&mut run));
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
