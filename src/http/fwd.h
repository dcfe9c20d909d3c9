#pragma once

namespace belfry::http {

class Authenticator;
class BodyBudget;
class Dispatcher;
class Front;
class FrontConnection;
class Readiness;
class Router;
class Server;
class StaticFiles;
struct HttpConfig;
struct Entrance;
struct Job;
struct Reply;
struct Request;
struct Response;

}  // namespace belfry::http
