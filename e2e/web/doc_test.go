// Package web_test looks at the Audit page in a real browser: headless Chromium, driven over its DevTools protocol.
// Without Chromium the tests skip; they fail if COUNTERFOIL_REQUIRE names chromium.
package web_test
