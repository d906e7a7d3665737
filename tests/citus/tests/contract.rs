//! What every store promises, on PostgreSQL with the tables spread over machines.

use tasklane_domain_testkit::contract::Stores;

use crate::cluster::Cluster;

async fn stores() -> Stores {
    let cluster = Cluster::empty().await;
    Stores::of(cluster.store()).keeping(cluster)
}

tasklane_domain_testkit::contract_suite!(stores().await);
