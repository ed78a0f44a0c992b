// Generated from openapi.yaml by npm run generate.
export interface paths {
    readonly "/api/face-groups": {
        readonly parameters: {
            readonly query?: {
                /** @description The most groups in one page */
                readonly limit?: components["parameters"]["Limit"];
                /**
                 * @description Where the last page ended: its `page.nextCursor`, unchanged. Opaque; good for the sort it was made with. The
                 *     other parameters are not in it: repeat them.
                 */
                readonly cursor?: components["parameters"]["Cursor"];
                /**
                 * @description A text within id, name or description. Case does not matter, in any script, and compatibility forms (NFKC) are
                 *     one: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Blanks count.
                 * @example testuser
                 */
                readonly q?: components["parameters"]["Search"];
                /**
                 * @description Exactly this recognition model version
                 * @example s21
                 */
                readonly modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this moment or later (RFC 3339). Groups of unknown age are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                readonly createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this moment (RFC 3339). Groups of unknown age are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                readonly createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                readonly sort?: components["parameters"]["Sort"];
            };
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One page of the list
         * @description Every parameter may be given once; an unknown, repeated or malformed one is a 400 that lists every fault.
         *     Filters combine: a group must pass all of them.
         */
        readonly get: operations["listFaceGroups"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        /** The headers of one page of the list */
        readonly head: operations["headFaceGroups"];
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/face-groups/{groupId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                readonly groupId: components["parameters"]["GroupId"];
            };
            readonly cookie?: never;
        };
        /**
         * One group
         * @description Where the vendor has several groups with one id, the first. Groups without an id are in the list alone.
         *     A group that the caller may not see is not told from one that does not exist.
         */
        readonly get: operations["getFaceGroup"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        /** The headers of one group */
        readonly head: operations["headFaceGroup"];
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/face-groups/refresh": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Fetch the list anew, now
         * @description Needs the refresh scope. Asks the vendor once per backoff window for the whole fleet; within the window the
         *     answer is 429 with `Retry-After`. No body is read and no parameter taken; the answer is the default first page.
         *
         *     `GET` and `HEAD` of this path read the group whose id is `refresh`.
         */
        readonly post: operations["refreshFaceGroups"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How the service is
         * @description `warn` is still a 200: it serves, but stale, without Redis, on standby credentials, with a skewed clock, or with
         *     a vendor that left its contract.
         */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the process runs */
        readonly get: operations["getLiveness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Whether a request can be answered right now
         * @description 503 while starting with nothing to serve, and from SIGTERM on.
         */
        readonly get: operations["getReadiness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.yaml": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document */
        readonly get: operations["getOpenApiYaml"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This document as JSON */
        readonly get: operations["getOpenApiJson"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A page to read this document and try it */
        readonly get: operations["getDocs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/problems/{code}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** A problem explained to a person */
        readonly get: operations["getProblemPage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The explorer page, where the operator has it on */
        readonly get: operations["getExplorer"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A face library */
        readonly FaceGroup: {
            /** @description The company's own id for it; `null` where the vendor has none */
            readonly id: string | null;
            readonly name: string;
            /** @description Free text about it; often empty */
            readonly description: string;
            /** @description Recognition model version, e.g. `s21` */
            readonly modelVersion: string;
            /**
             * Format: date-time
             * @description In UTC; `null` where the vendor's value cannot be read
             */
            readonly createdAt: string | null;
        };
        readonly FaceGroupPage: {
            readonly data: readonly components["schemas"]["FaceGroup"][];
            readonly page: {
                readonly limit: number;
                /** @description How many groups match, on all pages, that the caller may see */
                readonly total: number;
                /** @description For the next page; `null` on the last */
                readonly nextCursor: string | null;
            };
        };
        /** @enum {string} */
        readonly ProblemCode: "invalid_request" | "unauthenticated" | "forbidden" | "cross_site_request" | "not_found" | "method_not_allowed" | "not_acceptable" | "rate_limited" | "internal" | "upstream_rejected" | "upstream_invalid_response" | "upstream_unavailable" | "upstream_overloaded" | "identity_provider_unavailable" | "shutting_down" | "upstream_timeout";
        /** @description RFC 9457 */
        readonly Problem: {
            /**
             * Format: uri-reference
             * @description A page of this service that explains the problem
             */
            readonly type: string;
            readonly title: string;
            readonly status: number;
            /** @description A sentence about this occurrence */
            readonly detail: string;
            /** @description The path of the request, as it was sent */
            readonly instance: string;
            readonly code: components["schemas"]["ProblemCode"];
            readonly requestId: string;
            /** @description Every fault of the request */
            readonly errors?: readonly {
                readonly parameter: string;
                readonly detail: string;
            }[];
            /** @description As the header `Retry-After` */
            readonly retryAfterSeconds?: number;
        };
        /** @description A problem that another try may get over, and when */
        readonly RetryableProblem: components["schemas"]["Problem"] & Record<string, never>;
        readonly Health: {
            /** @enum {string} */
            readonly status: "pass" | "warn" | "fail";
        };
    };
    responses: {
        /** @description A page of the list */
        readonly FaceGroupPage: {
            headers: {
                readonly ETag: components["headers"]["ETag"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly Vary: components["headers"]["Vary"];
                readonly Age: components["headers"]["Age"];
                readonly "Cache-Status": components["headers"]["CacheStatus"];
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                readonly Link: components["headers"]["Link"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["FaceGroupPage"];
            };
        };
        /** @description The group */
        readonly FaceGroup: {
            headers: {
                readonly ETag: components["headers"]["ETag"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly Vary: components["headers"]["Vary"];
                readonly Age: components["headers"]["Age"];
                readonly "Cache-Status": components["headers"]["CacheStatus"];
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                readonly Link: components["headers"]["Link"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "id": "Finauth_test_001",
                 *       "name": "TestUserSet001",
                 *       "description": "",
                 *       "modelVersion": "s21",
                 *       "createdAt": "2026-01-27T06:19:01Z"
                 *     }
                 */
                readonly "application/json": components["schemas"]["FaceGroup"];
            };
        };
        /** @description As GET, without the body */
        readonly HeadersAlone: {
            headers: {
                readonly ETag: components["headers"]["ETag"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly Vary: components["headers"]["Vary"];
                readonly Age: components["headers"]["Age"];
                readonly "Cache-Status": components["headers"]["CacheStatus"];
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                readonly Link: components["headers"]["Link"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The caller's copy is still right */
        readonly NotModified: {
            headers: {
                readonly ETag: components["headers"]["ETag"];
                readonly "Cache-Control": components["headers"]["CacheControl"];
                readonly Vary: components["headers"]["Vary"];
                readonly Age: components["headers"]["Age"];
                readonly "Cache-Status": components["headers"]["CacheStatus"];
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                readonly Link: components["headers"]["Link"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET, without the body */
        readonly HeadersOfProblem: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET, without the body */
        readonly HeadersOfUnauthenticated: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description As GET, without the body */
        readonly HeadersOfRetryable: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The query string has faults, `invalid_request` */
        readonly InvalidRequest: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/invalid_request",
                 *       "title": "The request is not valid",
                 *       "status": 400,
                 *       "detail": "The query string has faults; each is listed in errors.",
                 *       "instance": "/api/face-groups",
                 *       "code": "invalid_request",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11",
                 *       "errors": [
                 *         {
                 *           "parameter": "limit",
                 *           "detail": "must be a whole number from 1 to 1000"
                 *         },
                 *         {
                 *           "parameter": "colour",
                 *           "detail": "is not a parameter of this list"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path cannot be read, `invalid_request` */
        readonly InvalidPath: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/invalid_request",
                 *       "title": "The request is not valid",
                 *       "status": 400,
                 *       "detail": "The path of the request cannot be read.",
                 *       "instance": "/api/face-groups/%zz",
                 *       "code": "invalid_request",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Nobody is known to ask, `unauthenticated` */
        readonly Unauthenticated: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/unauthenticated",
                 *       "title": "Authentication is required",
                 *       "status": 401,
                 *       "detail": "A bearer token is required.",
                 *       "instance": "/api/face-groups",
                 *       "code": "unauthenticated",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller lacks the scope, `forbidden` */
        readonly Forbidden: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "WWW-Authenticate": components["headers"]["WWWAuthenticateForScope"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/forbidden",
                 *       "title": "The caller may not do this",
                 *       "status": 403,
                 *       "detail": "The token lacks the scope face-groups:read.",
                 *       "instance": "/api/face-groups",
                 *       "code": "forbidden",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller lacks the scope, `forbidden`, or a page of another site asked, `cross_site_request` */
        readonly ForbiddenOrCrossSite: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "WWW-Authenticate": components["headers"]["WWWAuthenticateForScope"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is nothing here, `not_found` */
        readonly NotFound: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/not_found",
                 *       "title": "There is nothing here",
                 *       "status": 404,
                 *       "detail": "There is no such group for this caller.",
                 *       "instance": "/api/face-groups/unknown",
                 *       "code": "not_found",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Another method than the route has, `method_not_allowed` */
        readonly MethodNotAllowed: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly Allow: components["headers"]["Allow"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/method_not_allowed",
                 *       "title": "The method is not allowed here",
                 *       "status": 405,
                 *       "detail": "This route answers GET, HEAD, not DELETE.",
                 *       "instance": "/api/face-groups",
                 *       "code": "method_not_allowed",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller accepts nothing the route has, `not_acceptable` */
        readonly NotAcceptable: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/not_acceptable",
                 *       "title": "No acceptable representation",
                 *       "status": 406,
                 *       "detail": "This resource is application/json.",
                 *       "instance": "/api/face-groups",
                 *       "code": "not_acceptable",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description Too many requests, `rate_limited`: the caller's quota is used up, too many tokens were refused from one place,
         *     or the list was refreshed on demand a moment ago
         */
        readonly RateLimited: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/rate_limited",
                 *       "title": "Too many requests",
                 *       "status": 429,
                 *       "detail": "The quota is used up. It is whole again in 12 s.",
                 *       "instance": "/api/face-groups",
                 *       "code": "rate_limited",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11",
                 *       "retryAfterSeconds": 12
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description A fault of the service's own, `internal`; the text is always the same */
        readonly Internal: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/internal",
                 *       "title": "Internal error",
                 *       "status": 500,
                 *       "detail": "Something went wrong on our side; the request id leads to the cause.",
                 *       "instance": "/api/face-groups",
                 *       "code": "internal",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description No copy could be served, and the vendor refused our credentials or request, `upstream_rejected`, or gave an
         *     unusable answer, `upstream_invalid_response`. Speaks of the service's own credentials, never of the caller's.
         */
        readonly BadGateway: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /**
         * @description No copy could be served and the vendor cannot be reached, `upstream_unavailable`, or is overloaded,
         *     `upstream_overloaded`; the identity provider cannot be reached, `identity_provider_unavailable`; or this instance
         *     is going away, `shutting_down`
         */
        readonly Unavailable: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description No copy could be served and the vendor did not answer in time, `upstream_timeout` */
        readonly UpstreamTimeout: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly "Retry-After": components["headers"]["RetryAfter"];
                readonly RateLimit: components["headers"]["RateLimit"];
                readonly "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/upstream_timeout",
                 *       "title": "The vendor did not answer in time",
                 *       "status": 504,
                 *       "detail": "The vendor did not answer in time.",
                 *       "instance": "/api/face-groups",
                 *       "code": "upstream_timeout",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11",
                 *       "retryAfterSeconds": 5
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description Yes */
        readonly Healthy: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "status": "pass"
                 *     }
                 */
                readonly "application/health+json": components["schemas"]["Health"];
            };
        };
        /** @description No */
        readonly Unhealthy: {
            headers: {
                readonly "X-Request-Id": components["headers"]["RequestId"];
                readonly "Cache-Control": components["headers"]["NoStore"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "status": "fail"
                 *     }
                 */
                readonly "application/health+json": components["schemas"]["Health"];
            };
        };
        /** @description A page for a person */
        readonly Page: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "text/html": string;
            };
        };
    };
    parameters: {
        /** @description The most groups in one page */
        readonly Limit: number;
        /**
         * @description Where the last page ended: its `page.nextCursor`, unchanged. Opaque; good for the sort it was made with. The
         *     other parameters are not in it: repeat them.
         */
        readonly Cursor: string;
        /**
         * @description A text within id, name or description. Case does not matter, in any script, and compatibility forms (NFKC) are
         *     one: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Blanks count.
         * @example testuser
         */
        readonly Search: string;
        /**
         * @description Exactly this recognition model version
         * @example s21
         */
        readonly ModelVersion: string;
        /**
         * @description Created at this moment or later (RFC 3339). Groups of unknown age are left out. Write a `+` as `%2B`.
         * @example 2026-01-27T00:00:00Z
         */
        readonly CreatedAfter: string;
        /**
         * @description Created before this moment (RFC 3339). Groups of unknown age are left out.
         * @example 2026-02-01T00:00:00Z
         */
        readonly CreatedBefore: string;
        /**
         * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
         *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
         */
        readonly Sort: "createdAt" | "-createdAt" | "name" | "-name" | "id" | "-id";
        /**
         * @description The group's id, percent-encoded (`/` as `%2F`)
         * @example Finauth_test_001
         */
        readonly GroupId: string;
        /**
         * @description ETags the caller has copies for, or `*`; compared weakly
         * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
         */
        readonly IfNoneMatch: string;
        /**
         * @description Kept if well-formed, to follow a request through systems; else the service makes one
         * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
         */
        readonly RequestId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description Strong; of the content in this encoding
         * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e-br"
         */
        readonly ETag: string;
        /** @description Keep it, but ask again with `If-None-Match` before each use */
        readonly CacheControl: "private, no-cache";
        /** @description Not to be kept */
        readonly NoStore: "no-store";
        /**
         * @description The request headers this answer depends on
         * @example Accept-Encoding, Authorization
         */
        readonly Vary: string;
        /**
         * @description Seconds since the vendor gave this copy
         * @example 12
         */
        readonly Age: number;
        /**
         * @description RFC 9211. `hit` from a copy (with `detail=stale` from one being renewed), `fwd=miss` after waiting for the
         *     vendor, `fwd=request` on a refresh; `ttl` is negative once the copy is stale.
         * @example face-groups; hit; ttl=48
         */
        readonly CacheStatus: string;
        /**
         * @description Names this request in the logs
         * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
         */
        readonly RequestId: string;
        /**
         * @description The vendor's id of the call that produced this copy
         * @example 1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230
         */
        readonly UpstreamRequestId: string;
        /**
         * @description The next page, as `<…>; rel="next"`; absent on the last
         * @example </api/face-groups?limit=2&cursor=WyJjcmVhdGVkQXQiLDE3Njk1MDcyNDAwMDAsMV0.x1Qe_3aZ>; rel="next"
         */
        readonly Link: string;
        /**
         * @description Whole seconds until another try is worth it
         * @example 5
         */
        readonly RetryAfter: number;
        /**
         * @description What is left of the quota and when it is whole again (draft-ietf-httpapi-ratelimit-headers)
         * @example "caller";r=599;t=60
         */
        readonly RateLimit: string;
        /**
         * @description The quota
         * @example "caller";q=600;w=60
         */
        readonly RateLimitPolicy: string;
        /**
         * @description The methods there are
         * @example GET, HEAD
         */
        readonly Allow: string;
        /**
         * @description RFC 6750. No `error` where no token came, `invalid_token` otherwise
         * @example Bearer realm="face-groups"
         */
        readonly WWWAuthenticate: string;
        /**
         * @description RFC 6750, `insufficient_scope` with the scope that is missing
         * @example Bearer realm="face-groups", error="insufficient_scope", scope="face-groups:refresh"
         */
        readonly WWWAuthenticateForScope: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly listFaceGroups: {
        readonly parameters: {
            readonly query?: {
                /** @description The most groups in one page */
                readonly limit?: components["parameters"]["Limit"];
                /**
                 * @description Where the last page ended: its `page.nextCursor`, unchanged. Opaque; good for the sort it was made with. The
                 *     other parameters are not in it: repeat them.
                 */
                readonly cursor?: components["parameters"]["Cursor"];
                /**
                 * @description A text within id, name or description. Case does not matter, in any script, and compatibility forms (NFKC) are
                 *     one: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Blanks count.
                 * @example testuser
                 */
                readonly q?: components["parameters"]["Search"];
                /**
                 * @description Exactly this recognition model version
                 * @example s21
                 */
                readonly modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this moment or later (RFC 3339). Groups of unknown age are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                readonly createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this moment (RFC 3339). Groups of unknown age are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                readonly createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                readonly sort?: components["parameters"]["Sort"];
            };
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["FaceGroupPage"];
            readonly 304: components["responses"]["NotModified"];
            readonly 400: components["responses"]["InvalidRequest"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 502: components["responses"]["BadGateway"];
            readonly 503: components["responses"]["Unavailable"];
            readonly 504: components["responses"]["UpstreamTimeout"];
        };
    };
    readonly headFaceGroups: {
        readonly parameters: {
            readonly query?: {
                /** @description The most groups in one page */
                readonly limit?: components["parameters"]["Limit"];
                /**
                 * @description Where the last page ended: its `page.nextCursor`, unchanged. Opaque; good for the sort it was made with. The
                 *     other parameters are not in it: repeat them.
                 */
                readonly cursor?: components["parameters"]["Cursor"];
                /**
                 * @description A text within id, name or description. Case does not matter, in any script, and compatibility forms (NFKC) are
                 *     one: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Blanks count.
                 * @example testuser
                 */
                readonly q?: components["parameters"]["Search"];
                /**
                 * @description Exactly this recognition model version
                 * @example s21
                 */
                readonly modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this moment or later (RFC 3339). Groups of unknown age are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                readonly createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this moment (RFC 3339). Groups of unknown age are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                readonly createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                readonly sort?: components["parameters"]["Sort"];
            };
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["HeadersAlone"];
            readonly 304: components["responses"]["NotModified"];
            readonly 400: components["responses"]["HeadersOfProblem"];
            readonly 401: components["responses"]["HeadersOfUnauthenticated"];
            readonly 403: components["responses"]["HeadersOfProblem"];
            readonly 404: components["responses"]["HeadersOfProblem"];
            readonly 406: components["responses"]["HeadersOfProblem"];
            readonly 429: components["responses"]["HeadersOfRetryable"];
            readonly 500: components["responses"]["HeadersOfProblem"];
            readonly 502: components["responses"]["HeadersOfRetryable"];
            readonly 503: components["responses"]["HeadersOfRetryable"];
            readonly 504: components["responses"]["HeadersOfRetryable"];
        };
    };
    readonly getFaceGroup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                readonly groupId: components["parameters"]["GroupId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["FaceGroup"];
            readonly 304: components["responses"]["NotModified"];
            readonly 400: components["responses"]["InvalidPath"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["Forbidden"];
            readonly 404: components["responses"]["NotFound"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 502: components["responses"]["BadGateway"];
            readonly 503: components["responses"]["Unavailable"];
            readonly 504: components["responses"]["UpstreamTimeout"];
        };
    };
    readonly headFaceGroup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description ETags the caller has copies for, or `*`; compared weakly
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                readonly "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                readonly groupId: components["parameters"]["GroupId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["HeadersAlone"];
            readonly 304: components["responses"]["NotModified"];
            readonly 400: components["responses"]["HeadersOfProblem"];
            readonly 401: components["responses"]["HeadersOfUnauthenticated"];
            readonly 403: components["responses"]["HeadersOfProblem"];
            readonly 404: components["responses"]["HeadersOfProblem"];
            readonly 406: components["responses"]["HeadersOfProblem"];
            readonly 429: components["responses"]["HeadersOfRetryable"];
            readonly 500: components["responses"]["HeadersOfProblem"];
            readonly 502: components["responses"]["HeadersOfRetryable"];
            readonly 503: components["responses"]["HeadersOfRetryable"];
            readonly 504: components["responses"]["HeadersOfRetryable"];
        };
    };
    readonly refreshFaceGroups: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /**
                 * @description Kept if well-formed, to follow a request through systems; else the service makes one
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                readonly "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["FaceGroupPage"];
            readonly 401: components["responses"]["Unauthenticated"];
            readonly 403: components["responses"]["ForbiddenOrCrossSite"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 406: components["responses"]["NotAcceptable"];
            readonly 429: components["responses"]["RateLimited"];
            readonly 500: components["responses"]["Internal"];
            readonly 502: components["responses"]["BadGateway"];
            readonly 503: components["responses"]["Unavailable"];
            readonly 504: components["responses"]["UpstreamTimeout"];
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Healthy"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["Unhealthy"];
        };
    };
    readonly getLiveness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Healthy"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getReadiness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Healthy"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
            readonly 503: components["responses"]["Unhealthy"];
        };
    };
    readonly getOpenApiYaml: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description This document in YAML */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/yaml": string;
                };
            };
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getOpenApiJson: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description This document in JSON */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": Record<string, never>;
                };
            };
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getDocs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Page"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getProblemPage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                /** @example upstream_timeout */
                readonly code: components["schemas"]["ProblemCode"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Page"];
            readonly 404: components["responses"]["NotFound"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
    readonly getExplorer: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: components["responses"]["Page"];
            readonly 404: components["responses"]["NotFound"];
            readonly 405: components["responses"]["MethodNotAllowed"];
            readonly 500: components["responses"]["Internal"];
        };
    };
}
