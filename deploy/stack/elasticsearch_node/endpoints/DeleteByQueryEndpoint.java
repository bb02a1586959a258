package io.vamp.stack.elasticsearch;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.Strings;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParser;

/** {@code POST /{index}/_delete_by_query}: deletes what a query finds, and waits for the end. */
final class DeleteByQueryEndpoint extends BaseRestHandler {
    private static final int BATCH = 1000;

    /** What clients may send along; it changes nothing for a single node that always waits. */
    private static final Set<String> ACCEPTED = Set.of(
        "wait_for_completion", "slices", "timeout", "scroll", "requests_per_second",
        "ignore_unavailable", "allow_no_indices", "expand_wildcards"
    );

    @Override
    public String getName() {
        return "vamp_delete_by_query";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.POST, "/{index}/_delete_by_query"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) throws IOException {
        ACCEPTED.forEach(request::param);
        SearchSourceBuilder search = new SearchSourceBuilder();
        try (XContentParser body = request.contentOrSourceParamParser()) {
            search.parseXContent(body, false, feature -> false);
        }
        if (search.query() == null) {
            throw new IllegalArgumentException("the body holds no query");
        }
        search.size(request.paramAsInt("scroll_size", BATCH));
        Deletion deletion = new Deletion(
            client,
            Strings.splitStringByCommaToArray(request.param("index")),
            search,
            "proceed".equals(request.param("conflicts")),
            request.paramAsBoolean("refresh", false)
        );
        // It waits for searches and writes, which the thread of the connection must not.
        return channel -> client.threadPool().generic().execute(() -> answer(deletion, channel));
    }

    private static void answer(Deletion deletion, RestChannel channel) {
        try {
            deletion.run();
            XContentBuilder report = channel.newBuilder();
            deletion.describe(report);
            RestStatus status = deletion.stoppedByConflict() ? RestStatus.CONFLICT : RestStatus.OK;
            channel.sendResponse(new RestResponse(status, report));
        } catch (Exception error) {
            refuse(channel, error);
        }
    }

    private static void refuse(RestChannel channel, Exception error) {
        try {
            channel.sendResponse(new RestResponse(channel, error));
        } catch (IOException unsendable) {
            error.addSuppressed(unsendable);
            throw new IllegalStateException("no answer could be sent", error);
        }
    }
}
