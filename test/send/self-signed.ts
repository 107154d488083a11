/** A key and its self-signed certificate for localhost and 127.0.0.1, for tests alone: it secures nothing. Valid for a century. */
export const selfSigned = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzt0TJ0xJo29YjwTK
UH3tLSAU3sw7zjvrYg8HY04tdxKhRANCAARKKg5TebrCOqqok9UiI7TjskN/joPR
xAmPorVhZxOfGNz1XnPKuyNZUN/0EaAaxaKlpSyLH+eKauKgjQjEYclk
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUcLad78fMUb4DW0JwRX/uTgNKrgMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDA0MDAzOFoYDzIxMjYxMDMx
MDQwMDM4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARKKg5TebrCOqqok9UiI7TjskN/joPRxAmPorVhZxOfGNz1XnPKuyNZ
UN/0EaAaxaKlpSyLH+eKauKgjQjEYclko28wbTAdBgNVHQ4EFgQU/x6wqGyGFo6z
BMY8lRDwCcLxqMMwHwYDVR0jBBgwFoAU/x6wqGyGFo6zBMY8lRDwCcLxqMMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgGMs+3B8IOBeEwzyiIxpvWhpRQsFuB/Lv10EZGuV61U8CIDWp
7b7gT2wmp08peXgjHcxbESrVfRlXiEjeUcicarXX
-----END CERTIFICATE-----`,
};
