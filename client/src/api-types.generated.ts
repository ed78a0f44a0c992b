// Generated from openapi.yaml by npm run generate.
export interface paths {
    "/api/face-groups": {
        parameters: {
            query?: {
                /** @description The maximum number of groups in one page */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The `page.nextCursor` of the previous page, unchanged. Opaque, and valid only for the same `sort`. It does not
                 *     contain the other parameters: repeat them.
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Substring of id, name or description. Case-insensitive in every script, and compatibility forms (NFKC) are
                 *     equal: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Spaces are significant.
                 * @example testuser
                 */
                q?: components["parameters"]["Search"];
                /**
                 * @description Recognition model version, exact match
                 * @example s21
                 */
                modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this time or later (RFC 3339). Groups without a time are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this time (RFC 3339). Groups without a time are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                sort?: components["parameters"]["Sort"];
            };
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        /**
         * One page of the list
         * @description Each parameter may be given once. An unknown, repeated or malformed parameter is a 400 that lists every fault.
         *     Filters are combined with AND.
         */
        get: operations["listFaceGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * The headers of one page of the list
         * @description Like GET with the same parameters, without the body.
         */
        head: operations["headFaceGroups"];
        patch?: never;
        trace?: never;
    };
    "/api/face-groups/{groupId}": {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                groupId: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        /**
         * One group
         * @description If the vendor has several groups with this id, the first one. Groups without an id appear in the list only.
         *     A group that the caller may not see is answered like one that does not exist.
         */
        get: operations["getFaceGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * The headers of one group
         * @description Like GET, without the body.
         */
        head: operations["headFaceGroup"];
        patch?: never;
        trace?: never;
    };
    "/api/face-groups/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Refresh the list now
         * @description Requires the refresh scope. Calls the vendor once per backoff window for the whole fleet; within the window the
         *     answer is 429 with `Retry-After`. The list comes from a call that began after the request; a call already in
         *     progress is awaited but does not count. The body is ignored. Any query parameter is a 400. The answer is the
         *     default first page.
         *
         *     `GET` and `HEAD` of this path read the group whose id is `refresh`.
         */
        post: operations["refreshFaceGroups"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health of the service
         * @description `warn` is still a 200: the service answers, but with stale data, without Redis, on standby credentials, with a
         *     skewed clock, or while the vendor deviates from its documented contract.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the process runs
         * @description Checks no dependency. A failure means that the process should be restarted.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether a request can be answered now
         * @description 503 during startup without a copy to serve, and after SIGTERM.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.yaml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document
         * @description The contract of this version, unmodified.
         */
        get: operations["getOpenApiYaml"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document as JSON
         * @description The same content as `/openapi.yaml`.
         */
        get: operations["getOpenApiJson"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A page to read this document and try requests
         * @description Swagger UI, served by this service.
         */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A problem explained to a person
         * @description What the problem means, and what the caller and the operators can do. `type` of a problem leads here.
         */
        get: operations["getProblemPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The explorer page, if the operator has turned it on
         * @description A page to search and sort the libraries. 404 if it is turned off.
         */
        get: operations["getExplorer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A face library. Texts are as long as the vendor's; only `FINAUTH_MAX_RESPONSE_BYTES` limits them. */
        FaceGroup: {
            /** @description The company's own id; `null` if the vendor has none */
            id: string | null;
            /** @description The name at the vendor */
            name: string;
            /** @description Free text; often empty */
            description: string;
            /** @description Recognition model version, e.g. `s21` */
            modelVersion: string;
            /**
             * Format: date-time
             * @description In UTC; `null` if the vendor's value cannot be parsed
             */
            createdAt: string | null;
        };
        /** @description Some groups of the list, and their position in it */
        FaceGroupPage: {
            /** @description The groups of this page */
            data: components["schemas"]["FaceGroup"][];
            /** @description The position of this page in the list */
            page: {
                /**
                 * Format: int32
                 * @description The maximum number of groups in this page, as requested
                 */
                limit: number;
                /**
                 * Format: int32
                 * @description The number of matching groups that the caller may see, on all pages
                 */
                total: number;
                /** @description For the next page; `null` on the last */
                nextCursor: string | null;
            };
        };
        /**
         * @description The kind of problem; new codes may be added
         * @enum {string}
         */
        ProblemCode: "invalid_request" | "unauthenticated" | "forbidden" | "cross_site_request" | "not_found" | "method_not_allowed" | "not_acceptable" | "rate_limited" | "internal" | "upstream_rejected" | "upstream_invalid_response" | "upstream_unavailable" | "upstream_overloaded" | "identity_provider_unavailable" | "shutting_down" | "upstream_timeout";
        /** @description RFC 9457 */
        Problem: {
            /**
             * Format: uri-reference
             * @description A page of this service that explains the problem
             */
            type: string;
            /** @description The kind of problem in words, equal for every occurrence */
            title: string;
            /**
             * Format: int32
             * @description The HTTP status
             */
            status: number;
            /** @description A sentence about this occurrence */
            detail: string;
            /** @description The path of the request, as sent; the request id as a URN if it could not be parsed */
            instance: string;
            code: components["schemas"]["ProblemCode"];
            /** @description Equal to the header `X-Request-Id` */
            requestId: string;
            /** @description Every fault of the request */
            errors?: {
                /** @description The query parameter */
                parameter: string;
                /** @description What is wrong with it */
                detail: string;
            }[];
            /**
             * Format: int32
             * @description Equal to the header `Retry-After`
             */
            retryAfterSeconds?: number;
        };
        /** @description A problem for which a retry may succeed, and when to retry */
        RetryableProblem: components["schemas"]["Problem"] & Record<string, never>;
        /** @description Health of the service, after draft-inadarei-api-health-check */
        Health: {
            /**
             * @description `warn`: the service answers, but something needs attention
             * @enum {string}
             */
            status: "pass" | "warn" | "fail";
        };
    };
    responses: {
        /** @description A page of the list */
        FaceGroupPage: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                Vary: components["headers"]["Vary"];
                Age: components["headers"]["Age"];
                "Cache-Status": components["headers"]["CacheStatus"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                Link: components["headers"]["Link"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["FaceGroupPage"];
            };
        };
        /** @description The group */
        FaceGroup: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                Vary: components["headers"]["Vary"];
                Age: components["headers"]["Age"];
                "Cache-Status": components["headers"]["CacheStatus"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                Link: components["headers"]["Link"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
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
                "application/json": components["schemas"]["FaceGroup"];
            };
        };
        /** @description Like GET, without the body */
        HeadersAlone: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                Vary: components["headers"]["Vary"];
                Age: components["headers"]["Age"];
                "Cache-Status": components["headers"]["CacheStatus"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                Link: components["headers"]["Link"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The caller's copy is current */
        NotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["CacheControl"];
                Vary: components["headers"]["Vary"];
                Age: components["headers"]["Age"];
                "Cache-Status": components["headers"]["CacheStatus"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "X-Upstream-Request-Id": components["headers"]["UpstreamRequestId"];
                Link: components["headers"]["Link"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Like GET, without the body */
        HeadersOfProblem: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Like GET, without the body */
        HeadersOfUnauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description Like GET, without the body */
        HeadersOfRetryable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description The query string is not valid, `invalid_request` */
        InvalidRequest: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/invalid_request",
                 *       "title": "The request is not valid",
                 *       "status": 400,
                 *       "detail": "The query string is not valid. See errors.",
                 *       "instance": "/api/face-groups",
                 *       "code": "invalid_request",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11",
                 *       "errors": [
                 *         {
                 *           "parameter": "colour",
                 *           "detail": "is not a parameter here"
                 *         },
                 *         {
                 *           "parameter": "limit",
                 *           "detail": "must be a whole number from 1 to 1000"
                 *         }
                 *       ]
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The path cannot be decoded, `invalid_request` */
        InvalidPath: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/invalid_request",
                 *       "title": "The request is not valid",
                 *       "status": 400,
                 *       "detail": "The request path cannot be decoded.",
                 *       "instance": "/api/face-groups/%zz",
                 *       "code": "invalid_request",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller is not authenticated, `unauthenticated` */
        Unauthenticated: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "WWW-Authenticate": components["headers"]["WWWAuthenticate"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/unauthenticated",
                 *       "title": "Authentication is required",
                 *       "status": 401,
                 *       "detail": "This needs a token.",
                 *       "instance": "/api/face-groups",
                 *       "code": "unauthenticated",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller lacks the scope or has more than 1000 group patterns, `forbidden` */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "WWW-Authenticate": components["headers"]["WWWAuthenticateForScope"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/forbidden",
                 *       "title": "The caller may not do this",
                 *       "status": 403,
                 *       "detail": "This needs the scope face-groups:read.",
                 *       "instance": "/api/face-groups",
                 *       "code": "forbidden",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description The caller lacks the scope or has more than 1000 group patterns, `forbidden`, or a page of another
         *     site asked, `cross_site_request`
         */
        ForbiddenOrCrossSite: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "WWW-Authenticate": components["headers"]["WWWAuthenticateForScope"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No such route, or no such group that the caller may see, `not_found` */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/not_found",
                 *       "title": "Not found",
                 *       "status": 404,
                 *       "detail": "No such group, or the caller may not see it.",
                 *       "instance": "/api/face-groups/unknown",
                 *       "code": "not_found",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The route does not have this method, `method_not_allowed` */
        MethodNotAllowed: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                Allow: components["headers"]["Allow"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/method_not_allowed",
                 *       "title": "The method is not allowed here",
                 *       "status": 405,
                 *       "detail": "This route supports GET, HEAD, not DELETE.",
                 *       "instance": "/api/face-groups",
                 *       "code": "method_not_allowed",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller accepts none of the media types of the route, `not_acceptable` */
        NotAcceptable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/not_acceptable",
                 *       "title": "No acceptable representation",
                 *       "status": 406,
                 *       "detail": "This resource is available as application/json only.",
                 *       "instance": "/api/face-groups",
                 *       "code": "not_acceptable",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description Too many requests, `rate_limited`: the caller's quota is used up, too many tokens from one address were rejected,
         *     or the list was refreshed on demand a moment ago
         */
        RateLimited: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/rate_limited",
                 *       "title": "Too many requests",
                 *       "status": 429,
                 *       "detail": "The rate limit is exceeded. It resets in 12 s.",
                 *       "instance": "/api/face-groups",
                 *       "code": "rate_limited",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11",
                 *       "retryAfterSeconds": 12
                 *     }
                 */
                "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description An error of the service, `internal`; the text is always the same */
        Internal: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "/problems/internal",
                 *       "title": "Internal error",
                 *       "status": 500,
                 *       "detail": "An unexpected error occurred. Give the request id to the operators.",
                 *       "instance": "/api/face-groups",
                 *       "code": "internal",
                 *       "requestId": "7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11"
                 *     }
                 */
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /**
         * @description There is no copy to serve, and the vendor refused the service's own credentials or request, `upstream_rejected`,
         *     or returned an unusable answer, `upstream_invalid_response`. The caller's credentials are not the cause.
         */
        BadGateway: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /**
         * @description There is no copy to serve and the vendor cannot be reached, `upstream_unavailable`, or is overloaded,
         *     `upstream_overloaded`; the identity provider cannot be reached, `identity_provider_unavailable`; or this instance
         *     is shutting down, `shutting_down`
         */
        Unavailable: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description There is no copy to serve and the vendor did not answer in time, `upstream_timeout` */
        UpstreamTimeout: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                "Retry-After": components["headers"]["RetryAfter"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                [name: string]: unknown;
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
                "application/problem+json": components["schemas"]["RetryableProblem"];
            };
        };
        /** @description The service can answer; `warn` means that something needs attention */
        Healthy: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "status": "pass"
                 *     }
                 */
                "application/health+json": components["schemas"]["Health"];
            };
        };
        /** @description The service cannot answer */
        Unhealthy: {
            headers: {
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                "Cache-Control": components["headers"]["NoStore"];
                [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "status": "fail"
                 *     }
                 */
                "application/health+json": components["schemas"]["Health"];
            };
        };
        /** @description The caller's copy is current */
        FileNotModified: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["NoCache"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                [name: string]: unknown;
            };
            content?: never;
        };
        /** @description A page for people */
        Page: {
            headers: {
                ETag: components["headers"]["ETag"];
                "Cache-Control": components["headers"]["NoCache"];
                "X-Request-Id": components["headers"]["RequestId"];
                "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                [name: string]: unknown;
            };
            content: {
                "text/html": string;
            };
        };
    };
    parameters: {
        /** @description The maximum number of groups in one page */
        Limit: number;
        /**
         * @description The `page.nextCursor` of the previous page, unchanged. Opaque, and valid only for the same `sort`. It does not
         *     contain the other parameters: repeat them.
         */
        Cursor: string;
        /**
         * @description Substring of id, name or description. Case-insensitive in every script, and compatibility forms (NFKC) are
         *     equal: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Spaces are significant.
         * @example testuser
         */
        Search: string;
        /**
         * @description Recognition model version, exact match
         * @example s21
         */
        ModelVersion: string;
        /**
         * @description Created at this time or later (RFC 3339). Groups without a time are left out. Write a `+` as `%2B`.
         * @example 2026-01-27T00:00:00Z
         */
        CreatedAfter: string;
        /**
         * @description Created before this time (RFC 3339). Groups without a time are left out.
         * @example 2026-02-01T00:00:00Z
         */
        CreatedBefore: string;
        /**
         * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
         *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
         */
        Sort: "createdAt" | "-createdAt" | "name" | "-name" | "id" | "-id";
        /**
         * @description The group's id, percent-encoded (`/` as `%2F`)
         * @example Finauth_test_001
         */
        GroupId: string;
        /**
         * @description ETags of the caller's copies, or `*`; weak comparison
         * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
         */
        IfNoneMatch: string;
        /**
         * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
         *     service generates one.
         * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
         */
        RequestId: string;
    };
    requestBodies: never;
    headers: {
        /**
         * @description Strong; depends on the content and its encoding
         * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e-br"
         */
        ETag: string;
        /** @description May be stored, but must be revalidated with `If-None-Match` before each use */
        CacheControl: "private, no-cache";
        /** @description May be stored, but must be revalidated with `If-None-Match` before each use */
        NoCache: "no-cache";
        /** @description Must not be stored */
        NoStore: "no-store";
        /**
         * @description The request headers this answer depends on
         * @example Accept-Encoding, Authorization
         */
        Vary: string;
        /**
         * @description Seconds since the vendor was asked for this copy
         * @example 12
         */
        Age: number;
        /**
         * @description RFC 9211. `hit`: from a copy (`detail=stale` if it is being refreshed); `fwd=miss`: after waiting for the vendor;
         *     `fwd=request`: after a refresh on demand. `ttl` is negative once the copy is stale.
         * @example face-groups; hit; ttl=48
         */
        CacheStatus: string;
        /**
         * @description Identifies this request in the logs
         * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
         */
        RequestId: string;
        /**
         * @description The vendor's id of the call that produced this copy
         * @example 1772532811,965b2850-1bbb-4d87-a59a-c6cfd0cfa230
         */
        UpstreamRequestId: string;
        /**
         * @description The next page, as `<…>; rel="next"`; absent on the last
         * @example </api/face-groups?limit=2&cursor=WyJjcmVhdGVkQXQiLDE3Njk1MDcyNDAwMDAsMV0.x1Qe_3aZ>; rel="next"
         */
        Link: string;
        /**
         * @description Whole seconds until a retry is useful
         * @example 5
         */
        RetryAfter: number;
        /**
         * @description The remaining quota and when it resets (draft-ietf-httpapi-ratelimit-headers)
         * @example "caller";r=599;t=60
         */
        RateLimit: string;
        /**
         * @description The quota
         * @example "caller";q=600;w=60
         */
        RateLimitPolicy: string;
        /**
         * @description The supported methods
         * @example GET, HEAD
         */
        Allow: string;
        /**
         * @description RFC 6750. No `error` if no token was sent, otherwise `invalid_token`
         * @example Bearer realm="face-groups"
         */
        WWWAuthenticate: string;
        /**
         * @description RFC 6750, `insufficient_scope` with the scope that is missing
         * @example Bearer realm="face-groups", error="insufficient_scope", scope="face-groups:refresh"
         */
        WWWAuthenticateForScope: string;
        /**
         * @description The caller's origin if the operator allows it; absent otherwise
         * @example https://app.example.com
         */
        AccessControlAllowOrigin: string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listFaceGroups: {
        parameters: {
            query?: {
                /** @description The maximum number of groups in one page */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The `page.nextCursor` of the previous page, unchanged. Opaque, and valid only for the same `sort`. It does not
                 *     contain the other parameters: repeat them.
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Substring of id, name or description. Case-insensitive in every script, and compatibility forms (NFKC) are
                 *     equal: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Spaces are significant.
                 * @example testuser
                 */
                q?: components["parameters"]["Search"];
                /**
                 * @description Recognition model version, exact match
                 * @example s21
                 */
                modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this time or later (RFC 3339). Groups without a time are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this time (RFC 3339). Groups without a time are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                sort?: components["parameters"]["Sort"];
            };
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FaceGroupPage"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["UpstreamTimeout"];
        };
    };
    headFaceGroups: {
        parameters: {
            query?: {
                /** @description The maximum number of groups in one page */
                limit?: components["parameters"]["Limit"];
                /**
                 * @description The `page.nextCursor` of the previous page, unchanged. Opaque, and valid only for the same `sort`. It does not
                 *     contain the other parameters: repeat them.
                 */
                cursor?: components["parameters"]["Cursor"];
                /**
                 * @description Substring of id, name or description. Case-insensitive in every script, and compatibility forms (NFKC) are
                 *     equal: `ｆｕｌｌ` finds `Full`, `strasse` finds `Straße`. Spaces are significant.
                 * @example testuser
                 */
                q?: components["parameters"]["Search"];
                /**
                 * @description Recognition model version, exact match
                 * @example s21
                 */
                modelVersion?: components["parameters"]["ModelVersion"];
                /**
                 * @description Created at this time or later (RFC 3339). Groups without a time are left out. Write a `+` as `%2B`.
                 * @example 2026-01-27T00:00:00Z
                 */
                createdAfter?: components["parameters"]["CreatedAfter"];
                /**
                 * @description Created before this time (RFC 3339). Groups without a time are left out.
                 * @example 2026-02-01T00:00:00Z
                 */
                createdBefore?: components["parameters"]["CreatedBefore"];
                /**
                 * @description `-` is descending. Text is compared by its UTF-16 code units (the first 1024), so capitals come before small
                 *     letters. Ties keep the vendor's order, and groups without a value come last, in both directions.
                 */
                sort?: components["parameters"]["Sort"];
            };
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["HeadersAlone"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["HeadersOfProblem"];
            401: components["responses"]["HeadersOfUnauthenticated"];
            403: components["responses"]["HeadersOfProblem"];
            404: components["responses"]["HeadersOfProblem"];
            406: components["responses"]["HeadersOfProblem"];
            429: components["responses"]["HeadersOfRetryable"];
            500: components["responses"]["HeadersOfProblem"];
            502: components["responses"]["HeadersOfRetryable"];
            503: components["responses"]["HeadersOfRetryable"];
            504: components["responses"]["HeadersOfRetryable"];
        };
    };
    getFaceGroup: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                groupId: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FaceGroup"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["InvalidPath"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["UpstreamTimeout"];
        };
    };
    headFaceGroup: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description ETags of the caller's copies, or `*`; weak comparison
                 * @example "RXQ2mW5vYJ0pQk7cN1aXbZ3e"
                 */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path: {
                /**
                 * @description The group's id, percent-encoded (`/` as `%2F`)
                 * @example Finauth_test_001
                 */
                groupId: components["parameters"]["GroupId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["HeadersAlone"];
            304: components["responses"]["NotModified"];
            400: components["responses"]["HeadersOfProblem"];
            401: components["responses"]["HeadersOfUnauthenticated"];
            403: components["responses"]["HeadersOfProblem"];
            404: components["responses"]["HeadersOfProblem"];
            406: components["responses"]["HeadersOfProblem"];
            429: components["responses"]["HeadersOfRetryable"];
            500: components["responses"]["HeadersOfProblem"];
            502: components["responses"]["HeadersOfRetryable"];
            503: components["responses"]["HeadersOfRetryable"];
            504: components["responses"]["HeadersOfRetryable"];
        };
    };
    refreshFaceGroups: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description Identifies the request in every system. Kept if it has 1 to 128 letters, digits and `_.:/+=,@-`; otherwise the
                 *     service generates one.
                 * @example 7c0f0a5e-9f8e-4b0b-8a6c-6c1d0f2f3b11
                 */
                "X-Request-Id"?: components["parameters"]["RequestId"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["FaceGroupPage"];
            400: components["responses"]["InvalidRequest"];
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["ForbiddenOrCrossSite"];
            405: components["responses"]["MethodNotAllowed"];
            406: components["responses"]["NotAcceptable"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["Internal"];
            502: components["responses"]["BadGateway"];
            503: components["responses"]["Unavailable"];
            504: components["responses"]["UpstreamTimeout"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Healthy"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unhealthy"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Healthy"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Healthy"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
            503: components["responses"]["Unhealthy"];
        };
    };
    getOpenApiYaml: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document in YAML */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["NoCache"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                    [name: string]: unknown;
                };
                content: {
                    "application/yaml": string;
                };
            };
            304: components["responses"]["FileNotModified"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
    getOpenApiJson: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document in JSON */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    "Cache-Control": components["headers"]["NoCache"];
                    "X-Request-Id": components["headers"]["RequestId"];
                    "Access-Control-Allow-Origin": components["headers"]["AccessControlAllowOrigin"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            304: components["responses"]["FileNotModified"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            304: components["responses"]["FileNotModified"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
    getProblemPage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The `code` of the problem
                 * @example upstream_timeout
                 */
                code: components["schemas"]["ProblemCode"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            304: components["responses"]["FileNotModified"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
    getExplorer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: components["responses"]["Page"];
            304: components["responses"]["FileNotModified"];
            404: components["responses"]["NotFound"];
            405: components["responses"]["MethodNotAllowed"];
            500: components["responses"]["Internal"];
        };
    };
}
