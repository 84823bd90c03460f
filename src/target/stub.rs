//! Our stub's own endpoints, as a run uses them on a stub that was started elsewhere.

use http_body_util::{BodyExt as _, Full};
use hyper::{Request, client::conn::http1::handshake, header::CONTENT_TYPE};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::{error::Error, net::SocketAddr, time::Duration};
use tokio::net::TcpStream;

/// How long one of these calls may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What `GET /_mock/health` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Health {
    /// Who answers: `sms-voice-mock` if it is our stub.
    pub server: String,
    /// Its version.
    pub version: String,
}

/// What `POST /_mock/clock/advance` says.
#[derive(Deserialize)]
struct Moved {
    now: f64,
}

/// Who answers there; `None` if it is not our stub. An error means that nobody answers at all.
pub async fn health(address: SocketAddr) -> Result<Option<Health>, Box<dyn Error>> {
    let (status, body) = call(address, "GET", "/_mock/health", "").await?;
    let health = serde_json::from_slice::<Health>(&body).ok();
    Ok(health.filter(|health| status == 200 && health.server == "sms-voice-mock"))
}

/// Tells the stub the seed, service and carriers of a run.
pub async fn put_scenario(address: SocketAddr, scenario: &str) -> Result<(), Box<dyn Error>> {
    match call(address, "PUT", "/_mock/scenario", scenario).await? {
        (200..=299, _) => Ok(()),
        (status, body) => Err(format!("{status} {}", String::from_utf8_lossy(&body)).into()),
    }
}

/// The stub's time, since 1970-01-01T00:00:00Z.
pub async fn time(address: SocketAddr) -> Result<Duration, Box<dyn Error>> {
    let (_, body) = call(address, "POST", "/_mock/clock/advance", r#"{"seconds":0}"#).await?;
    let Moved { now } = serde_json::from_slice(&body)?;
    Ok(Duration::try_from_secs_f64(now)?)
}

/// Lets the stub's time pass as it does on the wall.
pub async fn slow_down(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    call(address, "POST", "/_mock/clock/speed", r#"{"speed":1.0}"#).await.map(drop)
}

async fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: &str,
) -> Result<(u16, Vec<u8>), Box<dyn Error>> {
    tokio::time::timeout(PATIENCE, async {
        let stream = TcpStream::connect(address).await?;
        let (mut connection, driver) = handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(driver);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(hyper::header::HOST, address.to_string())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(bytes::Bytes::copy_from_slice(body.as_bytes())))?;
        let response = connection.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes().to_vec();
        driver.abort();
        Ok((status, body))
    })
    .await
    .map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))?
}
