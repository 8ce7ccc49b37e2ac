//! `admin sees`: what this server can see, and whether it is true of what was sealed here a moment ago.

use client::admin::{canary, words};
use protocol::rest::{CanaryReport, Sees, StoredColumn};
use serde_json::json;

use super::{admin, object, print};
use crate::{
    args::Global,
    exit::Problem,
    files::size,
    output::{Output, write_line},
    session::Session,
};

pub(super) async fn run(global: &Global, output: Output, list_only: bool) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let admin = admin(&session).await?;
    show(output, &admin.sees().await?)?;
    if !list_only {
        let check = canary::check(&session.client, &admin);
        let report = session.steadily(check).await??;
        tell(output, &report)?;
        canary::judge(&report)?;
    }
    session.finish().await
}

fn show(output: Output, sees: &Sees) -> Result<(), Problem> {
    let row = |column: &StoredColumn| {
        vec![
            format!("{}.{}", column.table, column.column),
            words::sight(column.sight).to_owned(),
            column.meaning.clone(),
        ]
    };
    let columns = sees.columns.iter();
    let rows = columns.map(|it| (row(it), object(it))).collect();
    print(output, &["stored", "seen", "what it is"], rows, "")?;
    for text in &sees.elsewhere {
        output.line(text, || json!({ "elsewhere": text }))?;
    }
    Ok(())
}

fn tell(output: Output, report: &CanaryReport) -> Result<(), Problem> {
    if output.json {
        return write_line(&json!({ "check": report }).to_string());
    }
    let bytes = report.places.iter().map(|place| place.bytes).sum();
    let places: Vec<&str> = report.places.iter().map(|it| it.place.as_str()).collect();
    write_line(&format!(
        "\nA name, a topic and a message were sealed just now, and searched for in {} of this server's {}.",
        size(bytes),
        places.join(", ")
    ))?;
    if let Ok(words) = canary::judge(report) {
        write_line(&words)?;
    }
    Ok(())
}
