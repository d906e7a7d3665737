//! Times the steps of a request: `cargo bench -p tasklane-bench`. A step's name or a part of it selects
//! some.

use criterion::{Criterion, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use tasklane_bench::steps;

/// The same as in the program that is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[expect(clippy::panic, reason = "criterion has no steps that fail")]
fn all(criterion: &mut Criterion) {
    for step in steps::ALL {
        let mut run = step
            .prepare()
            .unwrap_or_else(|error| panic!("{}: {error:#}", step.name));
        criterion.bench_function(step.name, |bencher| bencher.iter(&mut run));
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
