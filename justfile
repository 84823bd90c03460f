# What CI runs; developers run the same.
ci: fmt lint test doc deny

fmt:
    cargo fmt --all --check
lint:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
test:
    cargo test --workspace --locked
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
deny:
    command -v cargo-deny >/dev/null && cargo deny --offline check bans licenses sources || echo "cargo-deny is not installed: skipped"
