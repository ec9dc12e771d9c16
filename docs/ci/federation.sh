#!/bin/sh
# A test of a federation, for any CI: two instances, a follow, a post that arrives, and one that doesn't. It leaves nothing behind.
# The exit code is that of the first command that failed.
exec cloudillo sandbox exec alice.test bob.test -- sh -euc '
  alice=$SANDBOX_HOMES/alice.test
  bob=$SANDBOX_HOMES/bob.test

  cloudillo follow bob.test --home "$alice"
  cloudillo expect FLLW --issuer alice.test --home "$bob" --since 1m

  cloudillo post "Hello, alice" --home "$bob"
  cloudillo expect POST --content "Hello*" --home "$alice" --since 1m --report junit=post.xml

  cloudillo unfollow bob.test --home "$alice"
  cloudillo expect FLLW:DEL --home "$bob" --since 1m
  cloudillo post "Nobody hears this" --home "$bob"
  cloudillo expect POST --content "Nobody*" --none --within 3s --home "$alice"
'
