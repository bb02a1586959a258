package io.vamp.stack.elasticsearch;

import java.io.IOException;
import java.util.List;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** {@code GET /}: who the node is, which clients ask before anything else. */
final class RootEndpoint extends BaseRestHandler {
    private final Settings settings;

    RootEndpoint(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String getName() {
        return "vamp_root";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, "/"), new Route(RestRequest.Method.HEAD, "/"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        return channel -> channel.sendResponse(
            new RestResponse(RestStatus.OK, describe(channel.newBuilder(), client))
        );
    }

    private XContentBuilder describe(XContentBuilder answer, NodeClient client) throws IOException {
        Build build = Build.current();
        answer.startObject();
        answer.field("name", settings.get("node.name"));
        answer.field("cluster_name", settings.get("cluster.name"));
        answer.field("cluster_uuid", client.getLocalNodeId());
        answer.startObject("version");
        answer.field("number", build.version());
        answer.field("build_flavor", build.flavor());
        answer.field("build_type", build.type().displayName());
        answer.field("build_hash", build.hash());
        answer.field("build_date", build.date());
        answer.field("build_snapshot", build.isSnapshot());
        answer.field("lucene_version", IndexVersion.current().luceneVersion().toString());
        answer.field("minimum_wire_compatibility_version", build.minWireCompatVersion());
        answer.field("minimum_index_compatibility_version", build.minIndexCompatVersion());
        answer.endObject();
        answer.field("tagline", "You Know, for Search");
        answer.endObject();
        return answer;
    }
}
