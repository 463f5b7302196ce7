"""The contract of a small shop, as buf likes it."""

ORDERS = """\
syntax = "proto3";

package shop.v1;

// OrderService takes orders.
service OrderService {
  // Get returns one.
  rpc Get(GetRequest) returns (GetResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}

// GetRequest names one.
message GetRequest {
  string order_id = 1;
}

// GetResponse is one.
message GetResponse {
  string order_id = 1;
}
"""
