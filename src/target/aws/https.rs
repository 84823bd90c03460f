//! How AWS and who gives credentials are reached.
//!
//! **Invariant:** what is not encrypted goes through no proxy: it is on this machine, or on the link
//! that a cloud machine gets its role from.

use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
        SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};

/// TLS by rustls with the system's certificates, through the proxy that the environment names.
pub(super) fn https() -> SharedHttpClient {
    let direct = through(ProxyConfig::disabled);
    SharedHttpClient::new(ByScheme { direct, proxied: through(ProxyConfig::from_env) })
}

fn through(proxy: fn() -> ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).build()
    })
}

/// Two clients, of which the scheme of a request chooses one.
#[derive(Clone, Debug)]
struct ByScheme {
    direct: SharedHttpClient,
    proxied: SharedHttpClient,
}

#[derive(Clone, Debug)]
struct Connectors {
    direct: SharedHttpConnector,
    proxied: SharedHttpConnector,
}

impl HttpClient for ByScheme {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connectors {
            direct: self.direct.http_connector(settings, components),
            proxied: self.proxied.http_connector(settings, components),
        })
    }
}

impl HttpConnector for Connectors {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let encrypted = request.uri().starts_with("https://");
        if encrypted { self.proxied.call(request) } else { self.direct.call(request) }
    }
}
