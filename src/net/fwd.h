#pragma once

struct uv_loop_s;

namespace belfry::net {

class Connection;
class Loop;
class StreamHandler;
class TcpListener;
class UdpListener;
struct Address;

}  // namespace belfry::net
